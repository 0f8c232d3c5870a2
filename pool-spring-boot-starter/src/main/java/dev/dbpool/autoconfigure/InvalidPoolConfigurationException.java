package dev.dbpool.autoconfigure;

import java.util.Locale;

/**
 * The configuration of the pool makes no sense, so that the application cannot start. The
 * message names property and value, and never the value of a key.
 */
public final class InvalidPoolConfigurationException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/** What is wrong. */
	private final String description;

	/** How to fix it. */
	private final String action;

	/**
	 * Describes a mistake.
	 * @param description what is wrong: the property, its value, and why
	 * @param action how to fix it
	 */
	public InvalidPoolConfigurationException(String description, String action) {
		super(description + " " + action);
		this.description = description;
		this.action = action;
	}

	static void check(boolean valid, String action, String description, Object... arguments) {
		if (!valid) {
			throw new InvalidPoolConfigurationException(String.format(Locale.ROOT, description, arguments), action);
		}
	}

	String description() {
		return this.description;
	}

	String action() {
		return this.action;
	}

}
