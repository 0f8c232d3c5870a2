package dev.dbpool.pool.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

import dev.dbpool.pool.AcquireInterruptedException;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Words the failures of a pool: what happened, on which pool, with which numbers, and
 * what to do about it. Callers are rejected or time out in masses, so those that time out
 * together share a description, and the holders of connections are described only so
 * often, whatever the size of the pool.
 *
 * @param <C> the type of connection
 */
final class PoolMessages<C> {

	private static final Logger logger = LoggerFactory.getLogger(ConnectionPool.class);

	private static final long WARNING_INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

	private static final long TIME_OUT_LASTS_NANOS = Duration.ofMillis(10).toNanos();

	private static final long HOLDERS_LAST_NANOS = Duration.ofMillis(100).toNanos();

	private static final int MOST_SHOWN = 3;

	private final PoolState<C> state;

	private final String pool;

	private final AtomicLong mayWarnAt;

	private volatile @Nullable TimeOut lastTimeOut;

	private volatile @Nullable Holders lastHolders;

	PoolMessages(PoolState<C> state) {
		this.state = state;
		this.pool = state.options.name();
		this.mayWarnAt = new AtomicLong(state.now());
	}

	/**
	 * Says why a caller's time was over.
	 */
	AcquireTimeoutException timedOut(Duration timeout) {
		long now = this.state.now();
		TimeOut recent = this.lastTimeOut;
		if (recent == null || now - recent.at >= TIME_OUT_LASTS_NANOS || !recent.timeout.equals(timeout)) {
			Throwable openFailure = this.state.backoff.lastFailure;
			recent = new TimeOut(now, timeout, describe(timeout, this.state.snapshot(), openFailure), openFailure);
			this.lastTimeOut = recent;
		}
		return new AcquireTimeoutException(recent.message, recent.openFailure);
	}

	/**
	 * Says why a caller's time was over before its own timeout.
	 */
	AcquireTimeoutException shed(Duration target) {
		AcquireTimeoutException timedOut = timedOut(target);
		return new AcquireTimeoutException(
				"%s. Callers have waited without a pause for more than %s, so none waits longer than %s"
					.formatted(timedOut.getMessage(), describe(this.state.options.queueInterval()), describe(target)),
				timedOut.getCause(), true);
	}

	private String describe(Duration timeout, PoolSnapshot snapshot, @Nullable Throwable openFailure) {
		String holders = holders();
		return "pool '%s' had no connection free within %s (%d of %d leased, %d opening, %d waiting%s). %s".formatted(
				this.pool, describe(timeout), snapshot.active(), snapshot.max(), snapshot.opening(), snapshot.pending(),
				holders.isEmpty() ? "" : "; " + holders, advice(snapshot, openFailure));
	}

	private String advice(PoolSnapshot snapshot, @Nullable Throwable openFailure) {
		if (snapshot.suspended()) {
			return "The pool is suspended. Resume it";
		}
		if (openFailure != null) {
			return "Connections could not be opened: " + describe(openFailure);
		}
		if (snapshot.max() < this.state.size && snapshot.active() >= snapshot.max()) {
			return "The pool is restricted to %d of %s at present. Raise what restricts it, or look for operations that hold a connection for long"
				.formatted(snapshot.max(), count(this.state.size, "connection"));
		}
		if (snapshot.active() < snapshot.max()) {
			return "The pool is not exhausted: its connections were not open or ready in time. "
					+ "Check the server and the network, or raise the timeout";
		}
		return "Raise %s, or look for operations that hold a connection for long"
			.formatted(this.state.options.maxConnectionsName());
	}

	/**
	 * The failure of a caller that finds the queue full.
	 */
	AcquireRejectedException rejected() {
		int waiting = this.state.slots.queue.waiting();
		String holders = holders();
		return new AcquireRejectedException(
				"pool '%s' rejected a caller: %s already for %s, as many as may wait%s. Slow callers down, or raise %s or the bound on pending callers"
					.formatted(this.pool, (waiting == 1) ? "1 caller waits" : waiting + " callers wait",
							count(this.state.max, "connection"), holders.isEmpty() ? "" : " (" + holders + ")",
							this.state.options.maxConnectionsName()),
				null);
	}

	/**
	 * Returns the holders, those with most leases first, and the oldest lease.
	 * @return for example {@code held by 12 × POST /api/orders; oldest lease 58s: POST
	 * /api/orders}, or an empty text if there is no lease
	 */
	private String holders() {
		long now = this.state.now();
		Holders recent = this.lastHolders;
		if (recent == null || now - recent.at >= HOLDERS_LAST_NANOS) {
			recent = new Holders(now, describe(this.state.leases()));
			this.lastHolders = recent;
		}
		return recent.text;
	}

	private static String describe(List<LeaseSnapshot> leases) {
		if (leases.isEmpty()) {
			return "";
		}
		Map<String, Integer> counts = new LinkedHashMap<>();
		leases.forEach((lease) -> counts.merge(lease.owner().operation(), 1, Integer::sum));
		String holders = counts.entrySet()
			.stream()
			.sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
			.limit(MOST_SHOWN)
			.map((holder) -> holder.getValue() + " × " + holder.getKey())
			.collect(Collectors.joining(", "));
		int others = counts.size() - MOST_SHOWN;
		LeaseSnapshot oldest = leases.get(0);
		return "held by %s%s; oldest lease %s: %s".formatted(holders,
				(others > 0) ? " and " + count(others, "other operation") : "", describe(oldest.age()), oldest.owner());
	}

	AcquireInterruptedException interrupted(LeaseOwner owner) {
		return new AcquireInterruptedException(
				"the thread of %s was interrupted while it waited for pool '%s'".formatted(owner, this.pool), null);
	}

	/**
	 * Warns of a thread that waits for a second lease while it holds one, at most once a
	 * minute.
	 */
	void warnOfSelfDeadlock(LeaseSnapshot held, LeaseOwner waiting) {
		long now = this.state.now();
		long due = this.mayWarnAt.get();
		if (now - due >= 0 && this.mayWarnAt.compareAndSet(due, now + WARNING_INTERVAL_NANOS)) {
			logger.warn("Thread {} waits for a connection of the exhausted pool '{}' for {} while it holds one for {}. "
					+ "If all holders do that none is ever served: close the first lease before, or use it for both",
					held.thread(), this.pool, waiting, held.owner());
		}
	}

	PoolClosedException closed() {
		return new PoolClosedException(
				"pool '%s' is closed. No new work is taken on while the application shuts down".formatted(this.pool),
				null);
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

	private record TimeOut(long at, Duration timeout, String message, @Nullable Throwable openFailure) {

	}

	private record Holders(long at, String text) {

	}

}
