package dev.dbpool.pool.engine;

import java.time.Duration;
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

	private static final long SLOWEST_NANOS = Duration.ofSeconds(5).toNanos();

	private static final long FASTEST_NANOS = Duration.ofMillis(20).toNanos();

	private final PoolState<C> state;

	private final long intervalNanos;

	private volatile boolean stopped;

	private volatile @Nullable ScheduledTask next;

	ConnectionUpkeep(PoolState<C> state) {
		this.state = state;
		this.intervalNanos = interval(state.options);
	}

	/**
	 * A quarter of the shortest limit that is watched over.
	 */
	private static long interval(PoolOptions options) {
		long shortest = Stream
			.of(options.idleTimeout(), options.maxLifetime(), options.keepAliveInterval(),
					options.leakDetectionTimeout())
			.filter((limit) -> !limit.isZero())
			.mapToLong(PoolScheduler::nanos)
			.min()
			.orElse(Long.MAX_VALUE);
		return Math.max(FASTEST_NANOS, Math.min(shortest / 4, SLOWEST_NANOS));
	}

	void start() {
		ScheduledTask task = this.state.scheduler.schedule(Duration.ofNanos(this.intervalNanos), this::runAndGoOn);
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
		if (this.state.connections.all().stream().anyMatch((one) -> one.isLeased() || one.isUsedLately())) {
			this.state.slots.inUse();
		}
		for (PooledConnection<C> pooled : this.state.connections
			.coldestFirst((candidate) -> candidate.phase == Phase.OPEN)) {
			if (pooled.isExpired(now + this.intervalNanos)) {
				this.state.retirer.expire(pooled);
			}
			else if (pooled.isIdle() && !pooled.isUsedLately()) {
				keepIdle(pooled, now);
			}
		}
		long soon = now + 3 * this.intervalNanos;
		this.state.connections.in(Phase.OPEN)
			.stream()
			.filter((pooled) -> pooled.isExpired(soon))
			.forEach(this.state.opener::replaceAhead);
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
			this.state.checker.offer(pooled);
		}
		else if (dispensable) {
			this.state.retirer.retire(pooled, CloseReason.IDLE);
		}
		else {
			this.state.checker.beginValidate(pooled);
		}
	}

	/**
	 * Looks for leases that are held for too long. The times of a slot are those of an
	 * earlier lease until it says whose it is, so they are looked at after that.
	 */
	private void findLeaks(long now) {
		if (this.state.options.leakDetectionTimeout().isZero()) {
			return;
		}
		for (Slot<C> slot : this.state.slots.all) {
			if (isForgotten(slot, now)) {
				slot.lease(now).filter((lease) -> isForgotten(slot, now)).ifPresent((lease) -> leaked(slot, lease));
			}
		}
	}

	private boolean isForgotten(Slot<C> slot, long now) {
		return PoolScheduler.hasPassed(this.state.options.leakDetectionTimeout(), slot.renewedAt(now), now);
	}

	private void leaked(Slot<C> slot, LeaseSnapshot lease) {
		LeakAction action = this.state.options.leakAction();
		report(slot, lease, action);
		if (action == LeakAction.RECLAIM) {
			this.state.retirer.revoke(slot, Slot.ticketOf(lease.id()), CloseReason.REVOKED);
		}
	}

	private void report(Slot<C> slot, LeaseSnapshot lease, LeakAction action) {
		if (slot.reportLeak(lease.id())) {
			this.state.leaked++;
			this.state.afterStep(() -> this.state.listener.onLeaseLeaked(lease, action));
		}
	}

	/**
	 * Reports a lease that its holder has lost, if it was not reported before.
	 */
	void reportLost(Slot<C> slot, long leaseId) {
		slot.lease(this.state.now())
			.filter((lease) -> lease.id() == leaseId)
			.ifPresent((lease) -> report(slot, lease, LeakAction.RECLAIM));
	}

}
