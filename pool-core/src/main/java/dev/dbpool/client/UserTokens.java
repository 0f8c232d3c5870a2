package dev.dbpool.client;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.dao.TransientDataAccessResourceException;

/**
 * The tokens of a {@link TokenSource}, checked before they are sent. Operations whose
 * same token was refused share one question for another: they act for the same user. A
 * failure of the source is reported to each of them by its own exception, to which the
 * operation may add what it was.
 */
final class UserTokens {

	/** How long a question that others share may take before it is forgotten. */
	static final Duration LONGEST_QUESTION = Duration.ofSeconds(30);

	private final TokenSource source;

	private final Duration limit;

	private final Map<String, Mono<String>> questions = new ConcurrentHashMap<>();

	UserTokens(TokenSource source) {
		this(source, LONGEST_QUESTION);
	}

	UserTokens(TokenSource source, Duration limit) {
		this.source = source;
		this.limit = limit;
	}

	/**
	 * Returns whether these are the tokens of a source, and not of one that is equal.
	 */
	boolean areOf(TokenSource source) {
		return this.source == source;
	}

	/**
	 * Asks for a token.
	 * @return the token, or nothing if the source has none
	 */
	Mono<String> token() {
		return checked(Mono.defer(() -> this.source.token(Optional.empty())));
	}

	/**
	 * Asks for a token in the place of one that the server refused.
	 * @return the token, or nothing if there is no other
	 */
	Mono<String> insteadOf(String refused) {
		return checked(Mono.defer(() -> this.questions.computeIfAbsent(refused, this::question)))
			.filter((token) -> !token.equals(refused));
	}

	private Mono<String> question(String refused) {
		return within(this.limit, Mono.defer(() -> this.source.token(Optional.of(refused))))
			.doFinally((signal) -> this.questions.remove(refused))
			.cache();
	}

	/**
	 * Bounds the time of what is shared by operations, and so does not end with any of
	 * them.
	 */
	static Mono<String> within(Duration limit, Mono<String> answer) {
		return answer.timeout(limit, Mono
			.error(() -> new TimeoutException("the source of tokens gave none in %d ms".formatted(limit.toMillis()))));
	}

	private static Mono<String> checked(Mono<String> answer) {
		return answer.onErrorMap(UserTokens::failed).doOnNext(UserTokens::check);
	}

	/**
	 * Makes an exception of the operation's own, of the same sense as that of the source.
	 */
	private static DataAccessException failed(Throwable failure) {
		String message = "Could not obtain the user's access token: " + failure.getMessage();
		if (failure instanceof InvalidDataAccessApiUsageException) {
			return new InvalidDataAccessApiUsageException(message, failure);
		}
		if (failure instanceof NonTransientDataAccessResourceException) {
			return new DataAccessResourceFailureException(message, failure);
		}
		if (failure instanceof TransientDataAccessException || failure instanceof TimeoutException) {
			return new TransientDataAccessResourceException(message, failure);
		}
		return new PermissionDeniedDataAccessException(message, failure);
	}

	/**
	 * What happens when a source has no token and a caller needs one.
	 */
	static DataAccessException none() {
		return new InvalidDataAccessApiUsageException(
				"The source of tokens gave none. Sign the user in, or use asAnon()");
	}

	/**
	 * Refuses what is no token.
	 * @throws InvalidDataAccessApiUsageException if it is blank or malformed
	 */
	static void check(String token) {
		try {
			Identity.user(token);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidDataAccessApiUsageException("The source of tokens is wrong: " + ex.getMessage(), ex);
		}
	}

}
