package dev.dbpool.client;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;

/**
 * The tokens of a {@link TokenSource}, checked before they are sent. Operations whose
 * same token was refused share one question for another: they act for the same user.
 */
final class UserTokens {

	private final TokenSource source;

	private final Map<String, Mono<String>> questions = new ConcurrentHashMap<>();

	UserTokens(TokenSource source) {
		this.source = source;
	}

	/**
	 * Asks for a token.
	 * @return the token, or nothing if the source has none
	 */
	Mono<String> token() {
		return ask(Optional.empty());
	}

	/**
	 * Asks for a token in the place of one that the server refused.
	 * @return the token, or nothing if there is no other
	 */
	Mono<String> insteadOf(String refused) {
		return Mono.defer(() -> this.questions.computeIfAbsent(refused, this::question))
			.filter((token) -> !token.equals(refused));
	}

	private Mono<String> question(String refused) {
		return ask(Optional.of(refused)).doFinally((signal) -> this.questions.remove(refused)).cache();
	}

	private Mono<String> ask(Optional<String> refused) {
		return Mono.defer(() -> this.source.token(refused))
			.onErrorMap((failure) -> !(failure instanceof DataAccessException),
					(failure) -> new PermissionDeniedDataAccessException(
							"The token of the user was not to be had: " + failure.getMessage(), failure))
			.doOnNext(UserTokens::check);
	}

	/**
	 * What happens when a source has no token and somebody needs one.
	 */
	static DataAccessException none() {
		return new InvalidDataAccessApiUsageException(
				"The source of tokens gave none. Sign the user in, or use asAnon()");
	}

	private static void check(String token) {
		try {
			Identity.user(token);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidDataAccessApiUsageException("The source of tokens is wrong: " + ex.getMessage(), ex);
		}
	}

}
