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
 * Whom the operations of a view act as, and the headers by which their attempts say so:
 * an identity that stays, a user whose tokens a source gives, or the user who is signed
 * in at the time.
 * <p>
 * Those of an identity that stays are immutable, and shared by all operations. An
 * operation whose token comes from a source has {@linkplain #ofOperation() its own}: the
 * token is asked for before the first attempt and holds for all of them; it is replaced
 * once at most, after an attempt that the server refused because of it.
 */
final class Credentials {

	private static final Logger logger = LoggerFactory.getLogger(TokenSource.class);

	private static final AtomicIntegerFieldUpdater<Credentials> RENEWALS = AtomicIntegerFieldUpdater
		.newUpdater(Credentials.class, "renewals");

	private final ApiKeys keys;

	private final Identity.Kind kind;

	private final @Nullable UserTokens tokens;

	private volatile int renewals;

	private volatile @Nullable Identity identity;

	private volatile @Nullable RequestHeaders headers;

	private Credentials(ApiKeys keys, Identity.Kind kind, @Nullable Identity identity, @Nullable UserTokens tokens) {
		this.keys = keys;
		this.kind = kind;
		this.tokens = tokens;
		if (identity != null) {
			keep(identity);
		}
	}

	/**
	 * An identity that stays.
	 * @throws IllegalStateException if there is no key for it
	 */
	static Credentials of(ApiKeys keys, Identity identity) {
		return new Credentials(keys, identity.kind(), identity, null);
	}

	/**
	 * A user whose tokens a source gives, one for each operation.
	 */
	static Credentials of(ApiKeys keys, UserTokens tokens) {
		return new Credentials(keys, Identity.Kind.USER, null, tokens);
	}

	/**
	 * The user who is signed in when an operation begins, or the anonymous role.
	 */
	static Credentials ofSignedIn(ApiKeys keys, TokenSource source) {
		return new Credentials(keys, Identity.Kind.ANON, null, new UserTokens(source));
	}

	/**
	 * Returns the credentials of an operation that begins.
	 */
	Credentials ofOperation() {
		return (this.tokens == null) ? this : new Credentials(this.keys, this.kind, null, this.tokens);
	}

	ApiKeys keys() {
		return this.keys;
	}

	Identity.Kind kind() {
		return this.kind;
	}

	/**
	 * Returns whether it has to be found out first who is signed in.
	 */
	boolean isOpen() {
		return this.kind == Identity.Kind.ANON && this.tokens != null;
	}

	/**
	 * Finds out who is signed in, in the context of the subscriber, for an operation.
	 */
	Mono<Credentials> signedIn() {
		UserTokens source = this.tokens;
		if (!isOpen() || source == null) {
			return Mono.just(ofOperation());
		}
		return source.token()
			.map((token) -> new Credentials(this.keys, Identity.Kind.USER, Identity.user(token), source))
			.defaultIfEmpty(of(this.keys, Identity.ANON));
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
		return this.tokens != null;
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
		return tokens().token().switchIfEmpty(Mono.error(UserTokens::none)).map(Identity::user).map(this::keep);
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
		return tokens().insteadOf(refused.token()).map(Identity::user).map(this::keep);
	}

	private UserTokens tokens() {
		return Objects.requireNonNull(this.tokens, "an identity that stays has no tokens");
	}

	private RequestHeaders keep(Identity identity) {
		RequestHeaders headers = this.keys.headersFor(identity);
		this.identity = identity;
		this.headers = headers;
		return headers;
	}

}
