package dev.dbpool.postgrest.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.error.PostgrestException;

import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * The header in which PostgREST reports a count: {@code 0-9/103}, or
 * <code>&#42;/103</code> without rows.
 */
final class ContentRange {

	private static final Pattern ROWS = Pattern.compile("only (\\d+) rows");

	private ContentRange() {
	}

	static Optional<Long> total(HttpHeaders headers) {
		return Optional.ofNullable(headers.getFirst(HttpHeaders.CONTENT_RANGE))
			.map((range) -> range.substring(range.indexOf('/') + 1))
			.filter((total) -> !total.isEmpty() && total.chars().allMatch(Character::isDigit))
			.map(Long::valueOf);
	}

	/**
	 * The error that the wanted rows begin after the last one, as PostgREST reports it up
	 * to version 12; from 13 on, the answer has nothing but the header.
	 */
	static PostgrestError notSatisfiable(long total) {
		return new PostgrestError(Optional.of(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE), Optional.of("PGRST103"),
				Optional.of("Requested range not satisfiable"),
				Optional.of("The rows begin after the last one, there are only " + total + " rows."), Optional.empty());
	}

	/**
	 * The total that an error reports, if the error is that the wanted rows begin after
	 * the last one.
	 */
	static Optional<Long> totalBefore(DataAccessException failure) {
		return PostgrestException.in(failure)
			.map(PostgrestException::error)
			.filter((error) -> error.code().filter("PGRST103"::equals).isPresent())
			.flatMap(PostgrestError::details)
			.map(ROWS::matcher)
			.filter(Matcher::find)
			.map((rows) -> Long.valueOf(rows.group(1)));
	}

}
