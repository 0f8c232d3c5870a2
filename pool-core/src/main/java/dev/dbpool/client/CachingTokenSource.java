package dev.dbpool.client;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Keeps the token of one account until it is refused. A sign-in that fails, that gives
 * what is no token, or that does not end in time is forgotten, so that the next caller
 * tries again.
 */
final class CachingTokenSource implements TokenSource {

	private final Mono<String> signIn;

	private final AtomicReference<@Nullable SignIn> current = new AtomicReference<>();

	CachingTokenSource(Mono<String> signIn, Duration limit) {
		this.signIn = UserTokens.within(limit, signIn).doOnNext(UserTokens::check);
	}

	@Override
	public Mono<String> token(Optional<String> refused) {
		return Mono.defer(() -> signedIn(refused).token);
	}

	private SignIn signedIn(Optional<String> refused) {
		while (true) {
			SignIn known = this.current.get();
			if (known != null && !known.gave(refused)) {
				return known;
			}
			SignIn fresh = new SignIn();
			if (this.current.compareAndSet(known, fresh)) {
				return fresh;
			}
		}
	}

	/**
	 * One sign-in, shared by all who wait for it.
	 */
	private final class SignIn {

		private final Mono<String> token;

		private volatile @Nullable String value;

		SignIn() {
			this.token = CachingTokenSource.this.signIn.doOnNext((token) -> this.value = token)
				.doOnTerminate(this::forgetIfWithoutToken)
				.cache();
		}

		boolean gave(Optional<String> refused) {
			return refused.isPresent() && refused.get().equals(this.value);
		}

		private void forgetIfWithoutToken() {
			if (this.value == null) {
				CachingTokenSource.this.current.compareAndSet(this, null);
			}
		}

	}

}
