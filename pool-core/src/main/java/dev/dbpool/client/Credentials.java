package dev.dbpool.client;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.Headers;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.http.StreamedAnswer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;

/**
 * The headers by which the attempts of one operation identify themselves. A token comes
 * from its source before the first attempt and holds for all of them; it is replaced once
 * at most, after an attempt that the server refused because of it.
 */
final class Credentials {

	private static final Logger logger = LoggerFactory.getLogger(TokenSource.class);

	private static final AtomicIntegerFieldUpdater<Credentials> RENEWALS = AtomicIntegerFieldUpdater
		.newUpdater(Credentials.class, "renewals");

	private final IdentitySource identitySource;

	private volatile int renewals;

	private volatile @Nullable Identity identity;

	private volatile @Nullable RequestHeaders headers;

	Credentials(IdentitySource identitySource) {
		this.identitySource = identitySource;
		identitySource.identity().ifPresent(this::keep);
	}

	/**
	 * Makes an attempt with the headers, and another if its token was refused and there
	 * is a fresh one.
	 */
	<T> Flux<T> with(Function<RequestHeaders, Flux<T>> attempt) {
		RequestHeaders known = this.headers;
		Flux<T> first = (known != null) ? attempt.apply(known) : token().flatMapMany(attempt);
		return isRenewable() ? first.onErrorResume(AttemptFailedException.class,
				(refusal) -> renewedAfter(refusal).map(attempt)
					.defaultIfEmpty(Flux.error(refusal))
					.flatMapMany((next) -> next))
				: first;
	}

	/**
	 * Returns whether a token that was refused can be replaced.
	 */
	boolean isRenewable() {
		return this.identitySource.tokens().isPresent();
	}

	/**
	 * Returns whether an answer refuses the token that was sent.
	 */
	static boolean isRefused(HttpStatusCode status, HttpHeaders headers) {
		return status.value() == HttpStatus.UNAUTHORIZED.value()
				&& Headers.refuseToken(headers.getFirst(HttpHeaders.WWW_AUTHENTICATE));
	}

	/**
	 * Notifies the source if an answer refuses its token, where the request is not sent
	 * again but the next operation should have a new one. No caller waits for its answer.
	 * @param context the context of the subscriber
	 */
	void reportIfRefused(HttpStatusCode status, HttpHeaders headers, ContextView context) {
		if (isRefused(status, headers)) {
			replaceRefused(context);
		}
	}

	private void replaceRefused(ContextView context) {
		renewed().contextWrite(context)
			.subscribe((fresh) -> logger.debug("A token that was refused has been replaced"),
					(failure) -> logger.debug("A token that was refused could not be replaced", failure));
	}

	/**
	 * Notifies the source if the server refuses its token, as
	 * {@link #reportIfRefused(HttpStatusCode, HttpHeaders, ContextView)} does.
	 */
	PostgrestExchange reportingRefusal(PostgrestExchange exchange) {
		return new PostgrestExchange() {

			@Override
			public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
				return Mono.deferContextual((context) -> exchange.mono(request, reader)
					.doOnError((failure) -> reportIfRefused(failure, context)));
			}

			@Override
			public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
				return Flux.deferContextual((context) -> exchange.flux(request, reader)
					.doOnError((failure) -> reportIfRefused(failure, context)));
			}

		};
	}

	private void reportIfRefused(Throwable failure, ContextView context) {
		if (Failure.of(failure).kind() == Failure.Kind.AUTHENTICATION) {
			replaceRefused(context);
		}
	}

	/**
	 * The headers, with a token that is asked for now unless that was done before.
	 */
	Mono<RequestHeaders> token() {
		RequestHeaders known = this.headers;
		if (known != null) {
			return Mono.just(known);
		}
		return this.identitySource.tokens()
			.orElseThrow()
			.token()
			.switchIfEmpty(Mono.error(UserTokens::none))
			.map(Identity::user)
			.map(this::keep);
	}

	/**
	 * Returns the identity, after its token was found.
	 */
	Identity identity() {
		return Objects.requireNonNull(this.identity, "no token yet");
	}

	/**
	 * Returns the identity, if its token was found.
	 */
	Optional<Identity> knownIdentity() {
		return Optional.ofNullable(this.identity);
	}

	private Mono<RequestHeaders> renewedAfter(AttemptFailedException refusal) {
		return refusal.isTokenRefused() ? renewed() : Mono.empty();
	}

	/**
	 * Replaces the token that was refused.
	 * @return the headers with a fresh token, or nothing if there is none, or that was
	 * done before
	 */
	Mono<RequestHeaders> renewed() {
		Identity refused = this.identity;
		if (refused == null || !RENEWALS.compareAndSet(this, 0, 1)) {
			return Mono.empty();
		}
		return this.identitySource.tokens()
			.orElseThrow()
			.insteadOf(refused.token())
			.map(Identity::user)
			.map(this::keep);
	}

	private RequestHeaders keep(Identity identity) {
		RequestHeaders headers = this.identitySource.headersFor(identity);
		this.identity = identity;
		this.headers = headers;
		return headers;
	}

}
