package dev.dbpool.pool;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import dev.dbpool.pool.PooledConnection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections: for those who wait, no more than they need; up to the minimum; and
 * to replace others ahead of their end. Backs off while connections cannot be opened, or
 * are lost before they were of any use.
 *
 * @param <C> the type of connection
 */
final class ConnectionOpener<C> {

	private final PoolState<C> state;

	private final LifecycleSteps<C> steps;

	private final ConnectorCalls<C> calls;

	private final ConnectionChecker<C> checker;

	private final ConnectionRetirer<C> retirer;

	private final ConnectionKeeper<C> keeper;

	private final PoolListener listener;

	private final Timers timers;

	private long connectionIds;

	ConnectionOpener(PoolState<C> state, LifecycleSteps<C> steps, ConnectorCalls<C> calls, ConnectionChecker<C> checker,
			ConnectionRetirer<C> retirer, ConnectionKeeper<C> keeper, PoolListener listener, Timers timers) {
		this.state = state;
		this.steps = steps;
		this.calls = calls;
		this.checker = checker;
		this.retirer = retirer;
		this.keeper = keeper;
		this.listener = listener;
		this.timers = timers;
	}

	/**
	 * Sees to what a step has found to be missing.
	 */
	void meetDemand(Effects effects) {
		while (this.state.demand.isAny()) {
			OpenDemand demand = this.state.demand.take();
			int opening = this.state.connections.count(Phase.OPENING);
			growFor(this.state.slots.waiting(), effects);
			if (demand.isForMinimum()) {
				keepMinimum(effects);
			}
			boolean opened = this.state.connections.count(Phase.OPENING) > opening;
			if (demand.isForReplacement() && !opened && this.state.mayOpen()) {
				beginOpen(null, effects);
			}
		}
	}

	/**
	 * Gets connections for a number of callers, with those that are on their way already.
	 */
	void growFor(int callers, Effects effects) {
		if (this.state.slots.isSuspended()) {
			return;
		}
		int perConnection = this.state.options.leasesPerConnection();
		int missing = callers - perConnection
				* (this.state.connections.count(Phase.OPENING) + this.state.connections.count(Phase.VALIDATING));
		if (missing > 0) {
			missing -= perConnection * this.checker.freshenIdle(missing, effects);
		}
		while (missing > 0 && this.state.mayOpen()) {
			beginOpen(null, effects);
			missing -= perConnection;
		}
	}

	private void keepMinimum(Effects effects) {
		while (this.state.connections.live() < this.state.min && this.state.mayOpen()) {
			beginOpen(null, effects);
		}
	}

	/**
	 * Opens a replacement for a connection that is in use and near its end, if there is
	 * room for both.
	 */
	void replaceAhead(PooledConnection<C> pooled, Effects effects) {
		boolean due = pooled.phase == Phase.OPEN && pooled.doomed == null && !pooled.replaced;
		if (due && this.retirer.isInDemand(pooled) && this.state.mayOpen()) {
			pooled.replaced = true;
			beginOpen(pooled, effects);
		}
	}

	private void beginOpen(@Nullable PooledConnection<C> replaces, Effects effects) {
		PooledConnection<C> opening = new PooledConnection<>(this.keeper, ++this.connectionIds, this.state.now(),
				jitteredLifetime());
		opening.replaces = replaces;
		this.state.connections.addOpening(opening);
		Duration limit = this.state.options.openTimeout();
		effects.add(() -> this.calls.await(this.calls.open(opening), limit,
				() -> this.steps.make((next) -> giveUp(opening, "within " + PoolMessages.describe(limit), next)),
				(connection, failure) -> opened(opening, connection, failure)));
	}

	/**
	 * Takes up to an eighth off the lifetime, so that connections opened together do not
	 * all end together (HikariCP takes off up to a fortieth, which spreads the ends of a
	 * half-hour lifetime over 45 seconds only).
	 */
	private Duration jitteredLifetime() {
		long lifetime = Nanos.of(this.state.options.maxLifetime());
		return Duration.ofNanos(lifetime - ThreadLocalRandom.current().nextLong(lifetime / 8 + 1));
	}

	private void opened(PooledConnection<C> opening, @Nullable C connection, @Nullable Throwable failure) {
		this.steps.make((effects) -> {
			if (connection == null) {
				openFailed(opening, (failure != null) ? failure : new IllegalStateException("connector opened nothing"),
						effects);
			}
			else if (this.state.connections.knows(opening)) {
				opened(opening, connection, effects);
			}
			else {
				effects.add(() -> this.calls.close(connection));
			}
		});
	}

	private void opened(PooledConnection<C> pooled, C connection, Effects effects) {
		long now = this.state.now();
		this.state.counters.created++;
		this.state.backoff.opened(now);
		Duration took = Duration.ofNanos(now - pooled.createdAt);
		effects.add(() -> this.listener.onConnectionOpened(pooled.id, took));
		int place = this.state.connections.takePlace();
		pooled.opened(connection, place, slotsAt(place), now);
		this.state.connections.enter(pooled, Phase.OPEN, now);
		if (pooled.doomed == CloseReason.DISCONNECTED) {
			backOffFromLoss(effects);
		}
		if (pooled.doomed != null) {
			forgetReplaced(pooled);
			this.retirer.beginClose(pooled, effects);
		}
		else {
			this.checker.offerAll(pooled, effects);
			retireReplaced(pooled, effects);
		}
		if (this.state.connections.live() > this.state.max) {
			this.retirer.shrink(effects);
		}
		this.state.demand.forMinimum();
	}

	private List<Slot<C>> slotsAt(int place) {
		int count = this.state.options.leasesPerConnection();
		return Arrays.asList(this.state.slots.all()).subList(place * count, (place + 1) * count);
	}

	private void retireReplaced(PooledConnection<C> pooled, Effects effects) {
		PooledConnection<C> replaced = pooled.replaces;
		pooled.replaces = null;
		if (replaced != null) {
			this.retirer.retire(replaced, CloseReason.EXPIRED, effects);
		}
	}

	private static <C> void forgetReplaced(PooledConnection<C> pooled) {
		if (pooled.replaces != null) {
			pooled.replaces.replaced = false;
			pooled.replaces = null;
		}
	}

	/**
	 * Gives up connections that are being opened. What comes of them later is closed.
	 * @param when by when they were to be open, for people
	 */
	void giveUpAll(String when, Effects effects) {
		for (PooledConnection<C> pooled : this.state.connections.all()) {
			giveUp(pooled, when, effects);
		}
	}

	private void giveUp(PooledConnection<C> pooled, String when, Effects effects) {
		// a timer that had begun when the connection opened comes too late
		if (pooled.phase == Phase.OPENING) {
			openFailed(pooled, new IOException("a connection was not open " + when), effects);
		}
	}

	private void openFailed(PooledConnection<C> pooled, Throwable cause, Effects effects) {
		if (!this.state.connections.remove(pooled)) {
			return;
		}
		this.state.counters.openFailures++;
		forgetReplaced(pooled);
		Duration wait = this.state.backoff.failed(cause, this.state.now());
		int failures = this.state.backoff.consecutiveFailures();
		effects.add(() -> this.listener.onConnectionOpenFailed(cause, failures));
		replenishAfter(wait, effects);
		this.state.demand.forWaiters();
	}

	/**
	 * Treats a connection that was lost before it was of any use like one that could not
	 * be opened.
	 */
	void backOffFromLoss(Effects effects) {
		Duration wait = this.state.backoff
			.lost(new IOException("the server closed a new connection before its first use"), this.state.now());
		replenishAfter(wait, effects);
	}

	private void replenishAfter(Duration wait, Effects effects) {
		if (!this.state.closing) {
			effects.add(() -> this.timers.set(wait, () -> this.steps.make((next) -> this.state.demand.forMinimum())));
		}
	}

}
