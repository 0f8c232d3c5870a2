package dev.dbpool.pool.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

import dev.dbpool.pool.AcquireInterruptedException;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.LeaseOwner;
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

	/**
	 * Says why a caller's time was over.
	 * @param holders who holds the connections, or empty
	 * @param openFailure why no connection could be opened last, if none was since
	 */
	String timedOut(Duration timeout, PoolSnapshot state, String holders, @Nullable Throwable openFailure) {
		String happened = "pool '%s' had no connection free within %s (%d of %d leased, %d opening, %d waiting%s). "
			.formatted(state.name(), describe(timeout), state.active(), state.max(), state.opening(), state.pending(),
					holders.isEmpty() ? "" : "; " + holders);
		return happened + advice(state, openFailure);
	}

	private String advice(PoolSnapshot state, @Nullable Throwable openFailure) {
		if (state.suspended()) {
			return "The pool is suspended. Resume it";
		}
		if (openFailure != null) {
			return "Connections could not be opened: " + describe(openFailure);
		}
		if (state.active() < state.max()) {
			return "The pool is not exhausted: its connections were not open or ready in time. "
					+ "Check the server and the network, or raise the timeout";
		}
		return "Raise %s, or look for operations that hold a connection for long"
			.formatted(this.options.maxConnectionsName());
	}

	/**
	 * The failure of a caller that finds the queue full.
	 * @param holders who holds the connections, or empty
	 */
	AcquireRejectedException rejected(int waiting, int maxConnections, String holders) {
		return new AcquireRejectedException(
				"pool '%s' rejected a caller: %s already for %s, as many as may wait%s. Slow callers down, or raise %s or the bound on pending callers"
					.formatted(this.options.name(), (waiting == 1) ? "1 caller waits" : waiting + " callers wait",
							count(maxConnections, "connection"), holders.isEmpty() ? "" : " (" + holders + ")",
							this.options.maxConnectionsName()),
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
		Throwable informative = failure;
		while (!(informative instanceof IOException) && informative.getCause() != null) {
			informative = informative.getCause();
		}
		String kind = informative.getClass().getSimpleName();
		if (informative.getMessage() == null) {
			return kind;
		}
		String message = informative.getMessage().lines().findFirst().orElse("");
		return (informative instanceof IOException) ? message : kind + ": " + message;
	}

	/**
	 * Describes a number of things: {@code 1 connection}, {@code 2 connections}.
	 */
	static String count(int number, String noun) {
		return number + " " + noun + ((number == 1) ? "" : "s");
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
