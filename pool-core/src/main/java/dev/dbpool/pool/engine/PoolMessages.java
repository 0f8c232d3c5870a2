package dev.dbpool.pool.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

import dev.dbpool.pool.AcquireInterruptedException;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * Words the failures of a pool: what happened, on which pool, with which numbers, and
 * what to do about it.
 */
final class PoolMessages {

	private final PoolOptions options;

	PoolMessages(PoolOptions options) {
		this.options = options;
	}

	AcquireTimeoutException timedOut(Duration timeout, PoolSnapshot state, @Nullable LeaseSnapshot oldest,
			@Nullable Throwable openFailure) {
		StringBuilder message = new StringBuilder();
		message.append("pool '%s' had no connection free within %s (%d of %d leased, %d opening, %d waiting"
			.formatted(state.name(), describe(timeout), state.active(), state.max(), state.opening(), state.pending()));
		if (oldest != null) {
			message.append("; oldest lease %s: %s".formatted(describe(oldest.age()), oldest.owner()));
		}
		message.append("). ");
		if (state.suspended()) {
			message.append("The pool is suspended. Resume it");
		}
		else if (openFailure != null) {
			message.append("Connections could not be opened: %s. Check the server and the network"
				.formatted(describe(openFailure)));
		}
		else {
			message.append("Raise the maximum of connections, or look for operations that hold one for long");
		}
		return new AcquireTimeoutException(message.toString(), openFailure);
	}

	AcquireRejectedException rejected(int waiting, int maxConnections) {
		return new AcquireRejectedException(
				"pool '%s' refused a caller: %d wait already for %d connections, as many as may. Slow callers down, or raise the maximum of connections or of pending callers"
					.formatted(this.options.name(), waiting, maxConnections),
				null);
	}

	AcquireInterruptedException interrupted(LeaseOwner owner) {
		return new AcquireInterruptedException(
				"the thread of %s was interrupted while it waited for pool '%s'".formatted(owner, this.options.name()),
				null);
	}

	PoolClosedException closed() {
		return new PoolClosedException("pool '%s' is closed. No new work is taken on while the application shuts down"
			.formatted(this.options.name()), null);
	}

	/**
	 * Describes a failure in one line: by the first I/O exception among its causes, whose
	 * message says enough by itself, else by the root of it all.
	 */
	static String describe(Throwable failure) {
		Throwable telling = failure;
		while (!(telling instanceof IOException) && telling.getCause() != null) {
			telling = telling.getCause();
		}
		String kind = telling.getClass().getSimpleName();
		if (telling.getMessage() == null) {
			return kind;
		}
		String message = telling.getMessage().lines().findFirst().orElse("");
		return (telling instanceof IOException) ? message : kind + ": " + message;
	}

	/**
	 * Describes a duration for people: {@code 250ms}, {@code 1.5s}, {@code 30s},
	 * {@code 5m}.
	 */
	static String describe(Duration duration) {
		if (duration.toMillis() < 1000) {
			return duration.toMillis() + "ms";
		}
		if (duration.toMillis() < 60_000) {
			return (duration.toMillis() % 1000 == 0) ? duration.toSeconds() + "s"
					: String.format(Locale.ROOT, "%.1fs", duration.toMillis() / 1000.0);
		}
		return (duration.toSecondsPart() == 0) ? duration.toMinutes() + "m"
				: duration.toMinutes() + "m " + duration.toSecondsPart() + "s";
	}

}
