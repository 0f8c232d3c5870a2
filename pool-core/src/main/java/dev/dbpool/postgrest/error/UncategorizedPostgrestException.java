package dev.dbpool.postgrest.error;

import org.springframework.dao.UncategorizedDataAccessException;

/**
 * An error that Spring's exceptions have no class for, such as one that a function of the
 * database raised itself.
 */
public final class UncategorizedPostgrestException extends UncategorizedDataAccessException {

	private static final long serialVersionUID = 1L;

	/**
	 * An exception.
	 * @param message what happened
	 * @param cause what was answered
	 */
	public UncategorizedPostgrestException(String message, PostgrestException cause) {
		super(message, cause);
	}

}
