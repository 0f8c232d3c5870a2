package dev.dbpool.client;

import java.util.Optional;

import reactor.core.publisher.Mono;

/**
 * Gives the access tokens of a signed-in user. It is asked once for each operation, and a
 * second time if the server refuses the token as invalid or expired.
 * <p>
 * The client keeps no token: a source may belong to the current caller. What costs a call
 * to an authorization server is kept by the source itself, as {@link #keeping} does for a
 * single account.
 */
@FunctionalInterface
public interface TokenSource {

	/**
	 * Gives a token.
	 * @param refused the token that the server has just refused, if this asks for another
	 * one in its place; operations of a client with this source, in whatever views, whose
	 * same token was refused ask once together
	 * @return the token, without {@code Bearer}. The token that was refused, or none,
	 * says that there is no other
	 */
	Mono<String> token(Optional<String> refused);

	/**
	 * A source for one account, such as that of a job, which signs in at first use, keeps
	 * the token until the server refuses it, and then signs in again. Concurrent callers
	 * wait for one sign-in together, for 30 seconds at most. A sign-in that fails, gives
	 * a blank token or does not end in that time is forgotten: the next operation signs
	 * in anew. Never for the tokens of the current caller.
	 * @param signIn signs in, for each subscription
	 * @return the source
	 */
	static TokenSource keeping(Mono<String> signIn) {
		return new CachingTokenSource(signIn, UserTokens.LONGEST_QUESTION);
	}

}
