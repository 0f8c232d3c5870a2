package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolOptions.LeakAction;
import dev.dbpool.pool.engine.PoolScheduler.ScheduledTask;
import dev.dbpool.pool.engine.PoolState.Demand;
import dev.dbpool.pool.engine.PooledConnection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * The regular work of a pool: retires what would be past its lifetime when it comes
 * again, closes what has been idle for too long, validates what is to be kept, replaces
 * ahead, and looks for leaks.
 *
 * @param <C> the type of connection
 */
final class ConnectionUpkeep<C> {

	private static final Duration SLOWEST = Duration.ofSeconds(5);

	private static final Duration FASTEST = Duration.ofMillis(20);

	private final PoolState<C> state;

	private final ConnectionOpener<C> opener;

	private final ConnectionChecker<C> checker;

	private final ConnectionRetirer<C> retirer;

	private final Duration interval;

	private volatile boolean stopped;

	private volatile @Nullable ScheduledTask next;

	ConnectionUpkeep(PoolState<C> state, ConnectionOpener<C> opener, ConnectionChecker<C> checker,
			ConnectionRetirer<C> retirer) {
		this.state = state;
		this.opener = opener;
		this.checker = checker;
		this.retirer = retirer;
		this.interval = interval(state.options);
	}

	/**
	 * A quarter of the shortest limit that is watched over.
	 */
	private static Duration interval(PoolOptions options) {
		Duration interval = Stream
			.of(options.idleTimeout(), options.maxLifetime(), options.keepAliveInterval(),
					options.leakDetectionTimeout())
			.filter((limit) -> !limit.isZero())
			.map((limit) -> limit.dividedBy(4))
			.min(Comparator.naturalOrder())
			.orElse(SLOWEST);
		if (interval.compareTo(SLOWEST) > 0) {
			return SLOWEST;
		}
		return (interval.compareTo(FASTEST) < 0) ? FASTEST : interval;
	}

	void start() {
		ScheduledTask task = this.state.scheduler.schedule(this.interval, this::runAndGoOn);
		this.next = task;
		if (this.stopped) {
			task.cancel();
		}
	}

	void stop() {
		this.stopped = true;
		ScheduledTask task = this.next;
		if (task != null) {
			task.cancel();
		}
	}

	private void runAndGoOn() {
		if (!this.stopped) {
			try {
				this.state.run(this::run);
			}
			finally {
				start();
			}
		}
	}

	private void run() {
		long now = this.state.now();
		this.state.slots.forgetHints();
		for (PooledConnection<C> pooled : this.state.connections
			.coldestFirst((candidate) -> candidate.phase == Phase.OPEN)) {
			if (pooled.isExpired(now + PoolScheduler.nanos(this.interval))) {
				this.retirer.expire(pooled);
			}
			else if (pooled.isIdle()) {
				keepIdle(pooled, now);
			}
		}
		replaceAhead(now + 3 * PoolScheduler.nanos(this.interval));
		findLeaks(now);
		this.state.demand(Demand.MINIMUM);
	}

	private void keepIdle(PooledConnection<C> pooled, long now) {
		boolean dispensable = this.state.connections.live() > this.state.min
				&& PoolScheduler.hasPassed(this.state.options.idleTimeout(), pooled.lastUse(), now);
		if (!dispensable && !PoolScheduler.hasPassed(this.state.options.keepAliveInterval(), pooled.checkedAt(), now)) {
			return;
		}
		if (!pooled.withdraw()) {
			this.checker.offerAgain(pooled);
		}
		else if (dispensable) {
			this.retirer.beginClose(pooled, CloseReason.IDLE);
		}
		else {
			this.checker.beginValidate(pooled);
		}
	}

	private void replaceAhead(long soon) {
		for (PooledConnection<C> pooled : this.state.connections.all()) {
			if (pooled.isExpired(soon)) {
				this.opener.replaceAhead(pooled);
			}
		}
	}

	/**
	 * Looks for leases that are held for too long. The times of a slot are those of an
	 * earlier lease until it says whose it is, so they are looked at again after that.
	 */
	private void findLeaks(long now) {
		Duration limit = this.state.options.leakDetectionTimeout();
		for (Slot<C> slot : this.state.slots.all()) {
			long word = slot.word();
			if (Slot.is(Slot.LEASED, word) && PoolScheduler.hasPassed(limit, slot.renewedAt(), now)) {
				slot.lease(now)
					.filter((lease) -> lease.id() == slot.leaseId(Slot.ticket(word)))
					.filter((lease) -> PoolScheduler.hasPassed(limit, slot.renewedAt(), now))
					.ifPresent((lease) -> leaked(slot, Slot.ticket(word), lease));
			}
		}
	}

	private void leaked(Slot<C> slot, long ticket, LeaseSnapshot lease) {
		LeakAction action = this.state.options.leakAction();
		report(slot, ticket, lease, action);
		if (action == LeakAction.RECLAIM) {
			this.retirer.revoke(slot, ticket, CloseReason.REVOKED);
		}
	}

	private void report(Slot<C> slot, long ticket, LeaseSnapshot lease, LeakAction action) {
		if (slot.reportLeak(ticket)) {
			this.state.leaked++;
			this.state.afterStep(() -> this.state.listener.onLeaseLeaked(lease, action));
		}
	}

	/**
	 * Reports a lease that its holder has lost, if it was not reported before.
	 */
	void reportLost(Slot<C> slot, long ticket) {
		slot.lease(this.state.now())
			.filter((lease) -> lease.id() == slot.leaseId(ticket))
			.ifPresent((lease) -> report(slot, ticket, lease, LeakAction.RECLAIM));
	}

}
