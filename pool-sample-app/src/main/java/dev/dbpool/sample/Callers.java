package dev.dbpool.sample;

import dev.dbpool.client.PooledClient;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Turns the credentials of a request into a client that acts for the caller. The database
 * checks the token, and its policies decide what the caller gets to see.
 */
@Component
final class Callers {

	private final PooledClient client;

	Callers(PooledClient client) {
		this.client = client;
	}

	/**
	 * Returns a client for anyone: the signed-in user, or else the anonymous role.
	 * @param authorization value of the header of that name
	 * @throws UnauthorizedException if there is a header and it holds no token
	 */
	PooledClient anyone(@Nullable String authorization) {
		return (authorization != null) ? signedIn(authorization) : this.client.asAnon();
	}

	/**
	 * Returns a client for a signed-in user.
	 * @param authorization value of the header of that name
	 * @throws UnauthorizedException if it holds no token
	 */
	PooledClient signedIn(@Nullable String authorization) {
		String token = BearerToken.in(authorization)
			.orElseThrow(
					() -> new UnauthorizedException("Sign in, and send the header 'Authorization: Bearer <token>'."));
		try {
			return this.client.asUser(token);
		}
		catch (IllegalArgumentException ex) {
			throw new UnauthorizedException("The bearer token is not a token.");
		}
	}

}
