package dev.dbpool.pool.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.engine.PooledConnection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections: for waiters, no more than they need; up to the minimum; and to
 * replace others ahead of their end. Backs off while connections cannot be opened, or are
 * lost before they were of any use.
 *
 * @param <C> the type of connection
 */
final class ConnectionOpener<C> {

	private final PoolState<C> state;

	private final LifecycleLock<C> lock;

	private final ConnectorCalls<C> calls;

	private final ConnectionChecker<C> checker;

	private final ConnectionRetirer<C> retirer;

	private final ConnectionLifecycle<C> lifecycle;

	private final PoolListener listener;

	private long connectionIds;

	ConnectionOpener(PoolState<C> state, LifecycleLock<C> lock, ConnectorCalls<C> calls, ConnectionChecker<C> checker,
			ConnectionRetirer<C> retirer, ConnectionLifecycle<C> lifecycle, PoolListener listener) {
		this.state = state;
		this.lock = lock;
		this.calls = calls;
		this.checker = checker;
		this.retirer = retirer;
		this.lifecycle = lifecycle;
		this.listener = listener;
	}

	/**
	 * Sees to what a step has found to be missing.
	 */
	void meetDemand(DeferredActions deferred) {
		while (this.state.demand.isAny()) {
			OpenDemand demand = this.state.demand.take();
			int opening = this.state.connections.count(Phase.OPENING);
			growFor(this.state.slots.waiting(), deferred);
			if (demand.isForMinimum()) {
				keepMinimum(deferred);
			}
			boolean opened = this.state.connections.count(Phase.OPENING) > opening;
			if (demand.isForReplacement() && !opened && this.state.mayOpen()) {
				beginOpen(null, deferred);
			}
		}
	}

	/**
	 * Gets connections for a number of callers, with those that are on their way already.
	 */
	void growFor(int callers, DeferredActions deferred) {
		if (this.state.slots.isSuspended()) {
			return;
		}
		int perConnection = this.state.options.leasesPerConnection();
		int missing = callers - perConnection
				* (this.state.connections.count(Phase.OPENING) + this.state.connections.count(Phase.VALIDATING));
		if (missing > 0) {
			missing -= perConnection * this.checker.freshenIdle(missing, deferred);
		}
		while (missing > 0 && this.state.mayOpen()) {
			beginOpen(null, deferred);
			missing -= perConnection;
		}
	}

	private void keepMinimum(DeferredActions deferred) {
		while (this.state.connections.live() < this.state.min && this.state.mayOpen()) {
			beginOpen(null, deferred);
		}
	}

	/**
	 * Opens a replacement for a connection that is in use and near its end, if there is
	 * room for both.
	 */
	void replaceAhead(PooledConnection<C> pooled, DeferredActions deferred) {
		boolean due = pooled.phase == Phase.OPEN && pooled.closeReason == null && !pooled.replaced;
		if (due && this.retirer.isInDemand(pooled) && this.state.mayOpen()) {
			pooled.replaced = true;
			beginOpen(pooled, deferred);
		}
	}

	private void beginOpen(@Nullable PooledConnection<C> replaces, DeferredActions deferred) {
		PooledConnection<C> opening = new PooledConnection<>(this.lifecycle, ++this.connectionIds, this.state.now(),
				jitteredLifetime());
		opening.replaces = replaces;
		this.state.connections.addOpening(opening);
		Duration limit = this.state.options.openTimeout();
		deferred.add(() -> this.calls.await(this.calls.open(opening), limit,
				() -> this.lock.run((next) -> giveUp(opening, "within " + PoolMessages.describe(limit), next)),
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
		this.lock.run((deferred) -> {
			if (connection == null) {
				openFailed(opening, (failure != null) ? failure : new IllegalStateException("connector opened nothing"),
						deferred);
			}
			else if (this.state.connections.knows(opening)) {
				opened(opening, connection, deferred);
			}
			else {
				deferred.add(() -> this.calls.close(connection));
			}
		});
	}

	private void opened(PooledConnection<C> pooled, C connection, DeferredActions deferred) {
		long now = this.state.now();
		this.state.counters.created++;
		this.state.backoff.opened(now);
		Duration took = Duration.ofNanos(now - pooled.createdAt);
		deferred.add(() -> this.listener.onConnectionOpened(pooled.id, took));
		int place = this.state.connections.takePlace();
		this.state.fitSlots();
		pooled.opened(connection, place, slotsAt(place), now);
		this.state.connections.enter(pooled, Phase.OPEN, now);
		if (pooled.closeReason == CloseReason.DISCONNECTED || pooled.closeReason == CloseReason.UNEXPECTED_DATA) {
			backOffFromLoss(deferred);
		}
		if (pooled.closeReason != null) {
			forgetReplaced(pooled);
			this.retirer.beginClose(pooled, deferred);
		}
		else {
			this.checker.offerAll(pooled, deferred);
			retireReplaced(pooled, deferred);
		}
		if (this.state.connections.live() > this.state.max) {
			this.retirer.shrink(deferred);
		}
		this.state.demand.forMinimum();
	}

	private List<Slot<C>> slotsAt(int place) {
		int count = this.state.options.leasesPerConnection();
		return Arrays.asList(this.state.slots.all()).subList(place * count, (place + 1) * count);
	}

	private void retireReplaced(PooledConnection<C> pooled, DeferredActions deferred) {
		PooledConnection<C> replaced = pooled.replaces;
		pooled.replaces = null;
		if (replaced != null) {
			this.retirer.retire(replaced, CloseReason.EXPIRED, deferred);
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
	void giveUpAll(String when, DeferredActions deferred) {
		for (PooledConnection<C> pooled : this.state.connections.all()) {
			giveUp(pooled, when, deferred);
		}
	}

	private void giveUp(PooledConnection<C> pooled, String when, DeferredActions deferred) {
		// a timer that had begun when the connection opened comes too late
		if (pooled.phase == Phase.OPENING) {
			openFailed(pooled, new IOException("a connection was not open " + when), deferred);
		}
	}

	private void openFailed(PooledConnection<C> pooled, Throwable cause, DeferredActions deferred) {
		if (!this.state.connections.remove(pooled)) {
			return;
		}
		this.state.counters.openFailures++;
		forgetReplaced(pooled);
		Duration wait = this.state.backoff.failed(cause, this.state.now());
		int failures = this.state.backoff.consecutiveFailures();
		deferred.add(() -> this.listener.onConnectionOpenFailed(cause, failures));
		replenishAfter(wait, deferred);
		this.state.demand.forWaiters();
	}

	/**
	 * Treats a connection that was lost before it was of any use like one that could not
	 * be opened.
	 */
	void backOffFromLoss(DeferredActions deferred) {
		Duration wait = this.state.backoff
			.lost(new IOException("the server closed a new connection before its first use"), this.state.now());
		replenishAfter(wait, deferred);
	}

	private void replenishAfter(Duration wait, DeferredActions deferred) {
		if (!this.state.closing) {
			deferred.add(() -> this.state.scheduler.schedule(wait,
					() -> this.lock.run((next) -> this.state.demand.forMinimum())));
		}
	}

}
