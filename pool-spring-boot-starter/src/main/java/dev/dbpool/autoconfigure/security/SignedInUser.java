package dev.dbpool.autoconfigure.security;

import java.util.Map;
import java.util.Optional;

import dev.dbpool.client.TokenSource;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.security.authentication.AuthenticationTrustResolver;
import org.springframework.security.authentication.AuthenticationTrustResolverImpl;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * The JWT of the user who is signed in with Spring Security. No authentication, or an
 * anonymous one, has no token. A user who signed in without a JWT is an error, since
 * acting as anonymous would silently hide rows.
 */
final class SignedInUser implements TokenSource {

	/**
	 * Where Spring Security puts what a thread that serves a request knows, in servlet
	 * applications: a map that asks the thread for the user at its first use.
	 */
	static final String REQUEST_ATTRIBUTES = "org.springframework.security.SECURITY_CONTEXT_ATTRIBUTES";

	private static final String SCHEDULERS = Schedulers.class.getPackageName();

	private static final String INHERITABLE = "InheritableThreadLocal";

	private static final AuthenticationTrustResolver trust = new AuthenticationTrustResolverImpl();

	private final Mono<SecurityContext> ofSubscriber;

	private final Mono<SecurityContext> ofThread;

	private SignedInUser(Mono<SecurityContext> ofSubscriber, Mono<SecurityContext> ofThread) {
		this.ofSubscriber = ofSubscriber;
		this.ofThread = ofThread;
	}

	/**
	 * The user in the context of the subscriber.
	 */
	static SignedInUser ofSubscriber() {
		return new SignedInUser(ReactiveSecurityContextHolder.getContext(), Mono.empty());
	}

	/**
	 * The user in the context of the subscriber, or else of the subscribing thread if
	 * that is one of those that serve one user at a time. An event loop or a worker of a
	 * Reactor scheduler does not know the user, nor does any thread where threads inherit
	 * users: a worker's user is that of the thread that started it. Asking there is an
	 * error.
	 */
	static SignedInUser ofSubscriberOrThread() {
		return new SignedInUser(
				ReactiveSecurityContextHolder.getContext()
					.switchIfEmpty(Mono.deferContextual((context) -> Mono
						.justOrEmpty(ofRequest(context.<Map<?, ?>>getOrDefault(REQUEST_ATTRIBUTES, Map.of()))))),
				Mono.fromSupplier(SignedInUser::ofThread));
	}

	private static Optional<SecurityContext> ofRequest(@Nullable Map<?, ?> attributes) {
		if (attributes == null || attributes.isEmpty()) {
			return Optional.empty();
		}
		Object user = isReactorThread() ? known(attributes) : ofOwnThread(attributes);
		return (user instanceof Authentication known) ? Optional.of(new SecurityContextImpl(known)) : Optional.empty();
	}

	/**
	 * What the attributes have been asked for before.
	 */
	private static @Nullable Object known(Map<?, ?> attributes) {
		for (Map.Entry<?, ?> entry : attributes.entrySet()) {
			if (Authentication.class.equals(entry.getKey())) {
				return entry.getValue();
			}
		}
		return null;
	}

	private static @Nullable Object ofOwnThread(Map<?, ?> attributes) {
		requireUsersOfTheirOwn();
		return attributes.get(Authentication.class);
	}

	private static SecurityContext ofThread() {
		if (isReactorThread()) {
			throw new InvalidDataAccessApiUsageException("Thread '" + Thread.currentThread().getName()
					+ "' serves many users, so that the signed-in user is unknown. Put the user into the context of the "
					+ "subscriber (contextWrite(ReactiveSecurityContextHolder.withAuthentication(…))), or say asAnon(), "
					+ "asUser(…) or asService()");
		}
		requireUsersOfTheirOwn();
		return SecurityContextHolder.getContext();
	}

	private static void requireUsersOfTheirOwn() {
		if (SecurityContextHolder.getContextHolderStrategy().getClass().getSimpleName().startsWith(INHERITABLE)) {
			throw new InvalidDataAccessApiUsageException("Spring Security lets threads inherit users "
					+ "(MODE_INHERITABLETHREADLOCAL), so that the thread may hold another user's. Use another strategy, "
					+ "or asAnon(), asUser(…) or asService()");
		}
	}

	private static boolean isReactorThread() {
		return Schedulers.isInNonBlockingThread() || StackWalker.getInstance()
			.walk((frames) -> frames.anyMatch((frame) -> frame.getClassName().startsWith(SCHEDULERS)));
	}

	/**
	 * Gives the token of the user. In the place of one that was refused the subscriber
	 * may have another, and a thread has not.
	 */
	@Override
	public Mono<String> token(Optional<String> refused) {
		return (refused.isPresent() ? this.ofSubscriber : this.ofSubscriber.switchIfEmpty(this.ofThread))
			.mapNotNull(SecurityContext::getAuthentication)
			.filter(trust::isAuthenticated)
			.map(SignedInUser::tokenOf);
	}

	private static String tokenOf(Authentication user) {
		if (user.getCredentials() instanceof Jwt jwt) {
			return jwt.getTokenValue();
		}
		if (user.getPrincipal() instanceof Jwt jwt) {
			return jwt.getTokenValue();
		}
		throw new InvalidDataAccessApiUsageException("The signed-in user has no JWT to pass through, but a "
				+ user.getClass().getSimpleName() + ". Use asAnon(), asUser(…) or asService(), or sign in by JWT");
	}

}
