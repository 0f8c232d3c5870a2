package dev.dbpool.postgrest.error;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The cause of each {@link org.springframework.dao.DataAccessException} that comes from a
 * request to PostgREST: what was asked, what was answered, and what that means.
 * <p>
 * Messages contain neither headers nor the error's details, since these may hold secrets
 * or values of rows.
 */
public final class PostgrestException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * What was asked.
	 */
	private final String request;

	/**
	 * What was answered.
	 */
	@SuppressWarnings("serial")
	private final PostgrestError error;

	/**
	 * What it means.
	 */
	@SuppressWarnings("serial")
	private final Failure failure;

	/**
	 * An exception.
	 * @param message what happened, without secrets and values of rows
	 * @param request what was asked, such as {@code GET /cars}
	 * @param error what was answered
	 * @param failure what it means
	 * @param cause the failure of the transport, or {@code null}
	 */
	public PostgrestException(String message, String request, PostgrestError error, Failure failure,
			@Nullable Throwable cause) {
		super(message, cause);
		this.request = request;
		this.error = error;
		this.failure = failure;
	}

	/**
	 * Finds this exception among another one and its causes.
	 * @param throwable the other exception
	 * @return this exception, or empty when the other has nothing to do with PostgREST
	 */
	public static Optional<PostgrestException> in(Throwable throwable) {
		for (Throwable cause = throwable; cause != null; cause = cause.getCause()) {
			if (cause instanceof PostgrestException exception) {
				return Optional.of(exception);
			}
		}
		return Optional.empty();
	}

	/**
	 * What was asked, such as {@code GET /cars}.
	 * @return the description of the request, without values
	 */
	public String request() {
		return this.request;
	}

	/**
	 * What was answered.
	 * @return the error, without any part when there was no answer
	 */
	public PostgrestError error() {
		return this.error;
	}

	/**
	 * What the error means for a repetition, and for the server's health.
	 * @return the failure
	 */
	public Failure failure() {
		return this.failure;
	}

}
