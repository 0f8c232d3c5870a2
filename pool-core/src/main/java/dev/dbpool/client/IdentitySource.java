package dev.dbpool.client;

import java.util.Optional;

import dev.dbpool.postgrest.http.RequestHeaders;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Whom the operations of a view act as: an identity with its headers, a user whose tokens
 * a source gives, or the user who is signed in at the time. Immutable, and shared by the
 * operations of the view.
 */
final class IdentitySource {

	private final ApiKeys keys;

	private final Identity.Kind kind;

	private final @Nullable Identity identity;

	private final @Nullable UserTokens tokens;

	private IdentitySource(ApiKeys keys, Identity.Kind kind, @Nullable Identity identity, @Nullable UserTokens tokens) {
		this.keys = keys;
		this.kind = kind;
		this.identity = identity;
		this.tokens = tokens;
	}

	/**
	 * An identity that stays.
	 * @throws IllegalStateException if there is no key for it
	 */
	static IdentitySource of(ApiKeys keys, Identity identity) {
		keys.headersFor(identity);
		return new IdentitySource(keys, identity.kind(), identity, null);
	}

	/**
	 * A user whose tokens a source gives, one for each operation.
	 */
	static IdentitySource of(ApiKeys keys, UserTokens tokens) {
		return new IdentitySource(keys, Identity.Kind.USER, null, tokens);
	}

	/**
	 * The user who is signed in when an operation begins, or the anonymous role.
	 */
	static IdentitySource ofSignedIn(ApiKeys keys, TokenSource source) {
		return new IdentitySource(keys, Identity.Kind.ANON, null, new UserTokens(source));
	}

	ApiKeys keys() {
		return this.keys;
	}

	Identity.Kind kind() {
		return this.kind;
	}

	/**
	 * Whether it has to be found out first who is signed in.
	 */
	boolean isOpen() {
		return this.identity == null && this.kind == Identity.Kind.ANON;
	}

	/**
	 * Finds out who is signed in, in the context of the subscriber.
	 */
	Mono<IdentitySource> signedIn() {
		UserTokens source = this.tokens;
		if (!isOpen() || source == null) {
			return Mono.just(this);
		}
		return source.token()
			.map((token) -> new IdentitySource(this.keys, Identity.Kind.USER, Identity.user(token), source))
			.defaultIfEmpty(of(this.keys, Identity.ANON));
	}

	Optional<Identity> identity() {
		return Optional.ofNullable(this.identity);
	}

	Optional<UserTokens> tokens() {
		return Optional.ofNullable(this.tokens);
	}

	RequestHeaders headersFor(Identity identity) {
		return this.keys.headersFor(identity);
	}

}
