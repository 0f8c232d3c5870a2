package dev.dbpool.postgrest.error;

import java.util.Optional;

import org.springframework.http.HttpStatusCode;

/**
 * What an answer said about an error. Each part may be missing: a connection that was
 * refused has no status, a HEAD request and most proxies have nothing but a status.
 *
 * @param status the HTTP status
 * @param code an SQLSTATE such as {@code 23505}, or PostgREST's own such as
 * {@code PGRST116}
 * @param message what happened
 * @param details more about it, which may contain values of rows; JSON text where
 * PostgREST sent JSON
 * @param hint what to do about it
 */
public record PostgrestError(Optional<HttpStatusCode> status, Optional<String> code, Optional<String> message,
		Optional<String> details, Optional<String> hint) {

	/**
	 * Where there was no answer.
	 */
	public static final PostgrestError NO_ANSWER = new PostgrestError(Optional.empty(), Optional.empty(),
			Optional.empty(), Optional.empty(), Optional.empty());

	/**
	 * An error of which only the status is known.
	 * @param status the HTTP status
	 * @return the error
	 */
	public static PostgrestError of(HttpStatusCode status) {
		return new PostgrestError(Optional.of(status), Optional.empty(), Optional.empty(), Optional.empty(),
				Optional.empty());
	}

}
