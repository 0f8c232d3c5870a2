package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The rows that a request returns, for callers that may block.
 * <p>
 * Each method sends the request and waits for its answer. It throws an
 * {@link IllegalStateException}, and sends nothing, on a thread that must not block.
 * Failures are {@link org.springframework.dao.DataAccessException}s with a
 * {@link PostgrestException} as cause.
 */
public interface BlockingRowResults {

	/**
	 * All rows.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	default <T> List<T> list(Class<T> type) {
		return list(ParameterizedTypeReference.forType(type));
	}

	/**
	 * All rows.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	<T> List<T> list(ParameterizedTypeReference<T> type);

	/**
	 * The rows one by one, each read as it arrives.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, to be closed; closing early ends the request
	 */
	default <T> Stream<T> stream(Class<T> type) {
		return stream(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The rows one by one, each read as it arrives.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, to be closed; closing early ends the request
	 */
	<T> Stream<T> stream(ParameterizedTypeReference<T> type);

	/**
	 * The one row.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 * @throws org.springframework.dao.IncorrectResultSizeDataAccessException when there
	 * is none or more than one; a write has been undone by the server
	 */
	default <T> T single(Class<T> type) {
		return single(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 * @throws org.springframework.dao.IncorrectResultSizeDataAccessException when there
	 * is none or more than one; a write has been undone by the server
	 */
	<T> T single(ParameterizedTypeReference<T> type);

	/**
	 * The one row, or none.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, or empty
	 * @throws org.springframework.dao.IncorrectResultSizeDataAccessException when there
	 * is more than one; a write has been undone by the server
	 */
	default <T> Optional<T> maybeSingle(Class<T> type) {
		return maybeSingle(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row, or none.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, or empty
	 * @throws org.springframework.dao.IncorrectResultSizeDataAccessException when there
	 * is more than one; a write has been undone by the server
	 */
	<T> Optional<T> maybeSingle(ParameterizedTypeReference<T> type);

}
