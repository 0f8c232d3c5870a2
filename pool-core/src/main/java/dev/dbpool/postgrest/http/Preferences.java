package dev.dbpool.postgrest.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.postgrest.error.PostgrestError;

import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * The values of a {@code Prefer} header, those of a client or those of one request.
 * Immutable.
 *
 * @param list the preferences, such as {@code tx=rollback}
 */
public record Preferences(List<String> list) {

	/**
	 * The name of the header.
	 */
	public static final String HEADER = "Prefer";

	/**
	 * No preferences.
	 */
	public static final Preferences NONE = new Preferences(List.of());

	private static final Pattern PREFERENCE = Pattern.compile("[A-Za-z0-9-]+=[^\\s,;]+");

	private static final String ROLLBACK = "tx=rollback";

	private static final String MAX_AFFECTED = "max-affected=";

	/**
	 * The preferences in some headers.
	 * @param headers the headers
	 * @return the values of {@code Prefer}
	 */
	public static Preferences of(HttpHeaders headers) {
		List<String> values = headers.getOrEmpty(HEADER);
		return values.isEmpty() ? NONE
				: new Preferences(values.stream()
					.flatMap((value) -> Arrays.stream(value.split(",")))
					.map(String::strip)
					.filter((preference) -> !preference.isEmpty())
					.toList());
	}

	/**
	 * The preferences that a caller writes, one or several with commas between them.
	 * @param text the text
	 * @return the preferences
	 * @throws IllegalArgumentException when they cannot be sent
	 */
	public static Preferences parse(String text) {
		HttpHeaders headers = new HttpHeaders();
		headers.add(HEADER, Headers.requireValue(HEADER, text));
		Preferences parsed = of(headers);
		for (String preference : parsed.list) {
			if (!PREFERENCE.matcher(preference).matches()) {
				throw new IllegalArgumentException("'" + preference
						+ "' is no preference, which is a name and a value such as timezone=Europe/Berlin");
			}
		}
		if (parsed.list.isEmpty()) {
			throw new IllegalArgumentException("No preference is named, such as timezone=Europe/Berlin");
		}
		return parsed;
	}

	/**
	 * These preferences, and others in the place of those that have the same name.
	 */
	Preferences with(Preferences others) {
		return new Preferences(Stream.concat(unlessIn(others).list.stream(), others.list.stream()).toList());
	}

	/**
	 * These preferences without those that a request has a value of its own for.
	 */
	Preferences unlessIn(Preferences request) {
		Set<String> names = request.list.stream().map(Preferences::name).collect(Collectors.toSet());
		return new Preferences(this.list.stream().filter((preference) -> !names.contains(name(preference))).toList());
	}

	private static String name(String preference) {
		int end = preference.indexOf('=');
		return ((end < 0) ? preference : preference.substring(0, end)).strip().toLowerCase(Locale.ROOT);
	}

	/**
	 * Adds these to the preferences of a request; the request's come first, and win.
	 */
	void addTo(HttpHeaders headers) {
		Preferences own = of(headers);
		List<String> all = new ArrayList<>(own.list);
		all.addAll(unlessIn(own).list);
		if (!all.isEmpty()) {
			headers.set(HEADER, String.join(",", all));
		}
	}

	/**
	 * Those that change what a write does and that servers may ignore silently: they
	 * count only when the answer confirms them. A plan confirms nothing. Of those that a
	 * request has not asked for itself, only updates and deletes have a limit of affected
	 * rows in all versions.
	 * @param request a request that is not safe
	 * @param defaults the preferences that were sent besides those of the request
	 */
	static Preferences toBeConfirmed(PostgrestRequest request, Preferences defaults) {
		String accept = request.fields().first(HttpHeaders.ACCEPT);
		if (accept != null && accept.startsWith("application/vnd.pgrst.plan")) {
			return NONE;
		}
		Preferences sent = of(request.headers());
		Preferences own = sent.unlessIn(request.defaults());
		boolean limited = request.method().equals(HttpMethod.PATCH) || request.method().equals(HttpMethod.DELETE);
		return new Preferences(Stream
			.concat(own.list.stream()
				.filter((preference) -> preference.equals(ROLLBACK) || preference.startsWith(MAX_AFFECTED)),
					Stream.concat(request.defaults().list.stream(), defaults.unlessIn(sent).list.stream())
						.filter((preference) -> preference.equals(ROLLBACK)
								|| (limited && preference.startsWith(MAX_AFFECTED))))
			.toList());
	}

	/**
	 * Makes the exception for an answer that does not confirm all of these preferences.
	 */
	Optional<DataAccessException> ignored(Answer answer) {
		if (this.list.isEmpty()) {
			return Optional.empty();
		}
		List<String> applied = answer.headers()
			.getOrEmpty("Preference-Applied")
			.stream()
			.flatMap((header) -> Arrays.stream(header.split("[,\\s]+")))
			.toList();
		List<String> ignored = this.list.stream().filter((preference) -> !applied.contains(preference)).toList();
		return ignored.isEmpty() ? Optional.empty()
				: Optional.of(ExceptionTranslator.answered(answer.request(),
						"PostgREST ignored the preference " + String.join(", ", ignored) + reason(ignored),
						PostgrestError.of(answer.status()), Failure.permanent(Kind.PERMANENT, Execution.COMPLETED)));
	}

	private static String reason(List<String> ignored) {
		return ignored.contains(ROLLBACK) ? ", which needs its setting db-tx-end = commit-allow-override"
				: ", which needs a newer version";
	}

}
