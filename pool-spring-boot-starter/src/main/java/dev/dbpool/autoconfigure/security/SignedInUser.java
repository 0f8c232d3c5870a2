package dev.dbpool.autoconfigure.security;

import java.util.Optional;

import dev.dbpool.client.TokenSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.security.authentication.AuthenticationTrustResolver;
import org.springframework.security.authentication.AuthenticationTrustResolverImpl;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * The JWT of the user who is signed in with Spring Security. Nobody, or an anonymous
 * authentication, has no token; a user who signed in by other means than a JWT is an
 * error, since they would silently be taken for nobody.
 */
final class SignedInUser implements TokenSource {

	private static final String SCHEDULERS = Schedulers.class.getPackageName();

	private static final String INHERITABLE = "InheritableThreadLocal";

	private static final AuthenticationTrustResolver trust = new AuthenticationTrustResolverImpl();

	private final Mono<SecurityContext> context;

	private SignedInUser(Mono<SecurityContext> context) {
		this.context = context;
	}

	/**
	 * The user in the context of the subscriber.
	 */
	static SignedInUser ofSubscriber() {
		return new SignedInUser(ReactiveSecurityContextHolder.getContext());
	}

	/**
	 * The user in the context of the subscriber, or else of the subscribing thread if
	 * that is one of those that serve one user at a time. Never of an event loop or of a
	 * worker of a Reactor scheduler, and of no thread at all where threads inherit users:
	 * a worker's user is that of whoever made it start.
	 */
	static SignedInUser ofSubscriberOrThread() {
		return new SignedInUser(
				ReactiveSecurityContextHolder.getContext().switchIfEmpty(Mono.fromSupplier(SignedInUser::ofThread)));
	}

	private static SecurityContext ofThread() {
		if (Schedulers.isInNonBlockingThread() || isOnScheduler()) {
			return SecurityContextHolder.createEmptyContext();
		}
		if (SecurityContextHolder.getContextHolderStrategy().getClass().getSimpleName().startsWith(INHERITABLE)) {
			throw new InvalidDataAccessApiUsageException("Spring Security lets threads inherit users "
					+ "(MODE_INHERITABLETHREADLOCAL), so that the thread may have somebody else's. Use another strategy, "
					+ "or asAnon(), asUser(…) or asService()");
		}
		return SecurityContextHolder.getContext();
	}

	private static boolean isOnScheduler() {
		return StackWalker.getInstance()
			.walk((frames) -> frames.anyMatch((frame) -> frame.getClassName().startsWith(SCHEDULERS)));
	}

	@Override
	public Mono<String> token(Optional<String> refused) {
		return this.context.mapNotNull(SecurityContext::getAuthentication)
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
