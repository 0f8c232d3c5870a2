package dev.dbpool.pool.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.engine.PoolState.Demand;
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

	private long connectionIds;

	ConnectionOpener(PoolState<C> state) {
		this.state = state;
	}

	/**
	 * Sees to what a step has found to be missing.
	 */
	void meetDemand() {
		for (Set<Demand> missing = this.state.takeDemand(); !missing.isEmpty(); missing = this.state.takeDemand()) {
			int opening = this.state.connections.count(Phase.OPENING);
			growFor(Math.max(missing.contains(Demand.NEXT_CALLER) ? 1 : 0, this.state.slots.queue.waiting()));
			if (missing.contains(Demand.MINIMUM)) {
				keepMinimum();
			}
			boolean opened = this.state.connections.count(Phase.OPENING) > opening;
			if (missing.contains(Demand.REPLACEMENT) && !opened && this.state.mayOpen()) {
				beginOpen(null);
			}
		}
	}

	/**
	 * Gets connections for a number of callers, with those that are on their way already.
	 */
	private void growFor(int callers) {
		if (this.state.slots.queue.isSuspended()) {
			return;
		}
		int perConnection = this.state.options.leasesPerConnection();
		int missing = callers - perConnection
				* (this.state.connections.count(Phase.OPENING) + this.state.connections.count(Phase.VALIDATING));
		if (missing > 0) {
			missing -= perConnection * this.state.checker.freshenIdle((missing + perConnection - 1) / perConnection);
		}
		while (missing > 0 && this.state.mayOpen()) {
			beginOpen(null);
			missing -= perConnection;
		}
	}

	private void keepMinimum() {
		while (this.state.connections.live() < this.state.min && this.state.mayOpen()) {
			beginOpen(null);
		}
	}

	/**
	 * Opens a replacement for an open connection that is in use and near its end, if
	 * there is room for both.
	 */
	void replaceAhead(PooledConnection<C> pooled) {
		boolean due = pooled.closeReason == null && !pooled.replaced;
		if (due && this.state.retirer.isInDemand(pooled) && this.state.mayOpen()) {
			pooled.replaced = true;
			beginOpen(pooled);
		}
	}

	private void beginOpen(@Nullable PooledConnection<C> replaces) {
		PooledConnection<C> opening = new PooledConnection<>(this.state, ++this.connectionIds, this.state.now(),
				jitteredLifetime());
		opening.replaces = replaces;
		this.state.connections.addOpening(opening);
		Duration limit = this.state.options.openTimeout();
		this.state.afterStep(opening,
				() -> this.state.calls.await((connector) -> connector.open(opening), limit,
						() -> this.state.run(() -> giveUp(opening, "within " + PoolMessages.describe(limit))),
						(connection, failure) -> opened(opening, connection, failure)));
	}

	/**
	 * Takes up to an eighth off the lifetime, so that connections opened together do not
	 * all end together (HikariCP takes off up to a fortieth, which spreads the ends of a
	 * half-hour lifetime over 45 seconds only).
	 */
	private Duration jitteredLifetime() {
		long lifetime = PoolScheduler.nanos(this.state.options.maxLifetime());
		return Duration.ofNanos(lifetime - ThreadLocalRandom.current().nextLong(lifetime / 8 + 1));
	}

	private void opened(PooledConnection<C> opening, @Nullable C connection, @Nullable Throwable failure) {
		this.state.run(opening, () -> {
			if (connection == null) {
				openFailed(opening,
						(failure != null) ? failure : new IllegalStateException("connector opened nothing"));
			}
			else if (this.state.connections.find(opening.id) != null) {
				opened(opening, connection);
			}
			else {
				this.state.afterStep(() -> this.state.calls.start((connector) -> connector.close(connection)));
			}
		});
	}

	private void opened(PooledConnection<C> pooled, C connection) {
		long now = this.state.now();
		this.state.created++;
		this.state.backoff.opened(now);
		Duration took = Duration.ofNanos(now - pooled.createdAt);
		this.state.afterStep(() -> this.state.listener.onConnectionOpened(pooled.id, took));
		int count = this.state.options.leasesPerConnection();
		int first = this.state.connections.takeSlots(count);
		this.state.fitSlots();
		pooled.opened(connection, Arrays.asList(this.state.slots.all).subList(first, first + count), now);
		this.state.connections.enter(pooled, Phase.OPEN, now);
		if (pooled.closeReason == CloseReason.DISCONNECTED || pooled.closeReason == CloseReason.UNEXPECTED_DATA) {
			backOffFromLoss();
		}
		if (pooled.closeReason != null) {
			forgetReplaced(pooled);
			this.state.retirer.closeIfOut(pooled);
		}
		else {
			this.state.checker.offer(pooled);
			retireReplaced(pooled);
		}
		if (this.state.connections.live() > this.state.max) {
			this.state.retirer.shrink();
		}
		this.state.demand(Demand.MINIMUM);
	}

	private void retireReplaced(PooledConnection<C> pooled) {
		PooledConnection<C> replaced = pooled.replaces;
		pooled.replaces = null;
		if (replaced != null) {
			this.state.retirer.retire(replaced, CloseReason.EXPIRED);
		}
	}

	private void forgetReplaced(PooledConnection<C> pooled) {
		if (pooled.replaces != null) {
			pooled.replaces.replaced = false;
			pooled.replaces = null;
		}
	}

	/**
	 * Gives up connections that are being opened. What comes of them later is closed.
	 * @param when by when they were to be open, for people
	 */
	void giveUpAll(String when) {
		this.state.connections.in(Phase.OPENING).forEach((pooled) -> giveUp(pooled, when));
	}

	private void giveUp(PooledConnection<C> pooled, String when) {
		// a timer that had begun when the connection opened comes too late
		if (pooled.phase == Phase.OPENING) {
			openFailed(pooled, new IOException("a connection was not open " + when));
		}
	}

	private void openFailed(PooledConnection<C> pooled, Throwable cause) {
		if (!this.state.connections.remove(pooled)) {
			return;
		}
		this.state.openFailures++;
		forgetReplaced(pooled);
		Duration wait = this.state.backoff.failed(cause, this.state.now());
		int failures = this.state.backoff.failures;
		if (!this.state.closing) {
			this.state.afterStep(() -> this.state.listener.onConnectionOpenFailed(cause, failures));
		}
		replenishAfter(wait);
		this.state.demand(Demand.WAITERS);
	}

	/**
	 * Closes a connection that is lost.
	 */
	void lost(PooledConnection<C> pooled, CloseReason reason) {
		this.state.run(pooled, () -> {
			if (!pooled.proved && pooled.closeReason == null && pooled.isIdle()) {
				backOffFromLoss();
			}
			this.state.retirer.retire(pooled, reason);
		});
	}

	/**
	 * Treats a connection that was lost before it was of any use like one that could not
	 * be opened.
	 */
	private void backOffFromLoss() {
		Duration wait = this.state.backoff
			.lost(new IOException("the server closed a new connection before its first use"), this.state.now());
		replenishAfter(wait);
	}

	private void replenishAfter(Duration wait) {
		if (!this.state.closing) {
			this.state.afterStep(() -> this.state.scheduler.schedule(wait, () -> this.state.demand(Demand.MINIMUM)));
		}
	}

}
