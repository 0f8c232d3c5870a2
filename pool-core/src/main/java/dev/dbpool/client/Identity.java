package dev.dbpool.client;

import java.util.Locale;
import java.util.Objects;

/**
 * Whom a request acts as. It travels with the request and never with the connection, so
 * any connection serves any identity. No secret shows in {@code toString}.
 */
public final class Identity {

	/**
	 * The kinds of identity.
	 */
	public enum Kind {

		/** The public role; row-level security applies. */
		ANON,

		/** The service role, which bypasses row-level security. */
		SERVICE,

		/** A signed-in user; row-level security applies. */
		USER;

		/**
		 * Returns the name as it stands in metrics and messages.
		 * @return the name in lower case
		 */
		public String id() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

	static final Identity ANON = new Identity(Kind.ANON, "");

	static final Identity SERVICE = new Identity(Kind.SERVICE, "");

	private final Kind kind;

	private final String token;

	private Identity(Kind kind, String token) {
		this.kind = kind;
		this.token = token;
	}

	static Identity user(String jwt) {
		Objects.requireNonNull(jwt, "jwt");
		if (jwt.isBlank()) {
			throw new IllegalArgumentException("the user's token is blank, which PostgREST would take for anon. "
					+ "Pass the JWT of a signed-in user, or use asAnon()");
		}
		if (!jwt.chars().allMatch((character) -> character > ' ' && character < 127)) {
			throw new IllegalArgumentException(
					"the user's token has characters that no JWT has. Pass the bare token, without 'Bearer '");
		}
		return new Identity(Kind.USER, jwt);
	}

	/**
	 * Returns what kind of identity this is.
	 * @return the kind
	 */
	public Kind kind() {
		return this.kind;
	}

	String token() {
		return this.token;
	}

	@Override
	public String toString() {
		return this.kind.id();
	}

}
