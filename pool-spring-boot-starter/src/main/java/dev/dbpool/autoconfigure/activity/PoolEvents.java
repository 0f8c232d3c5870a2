package dev.dbpool.autoconfigure.activity;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.LanePoolListener;
import dev.dbpool.autoconfigure.activity.PoolEvent.Type;
import dev.dbpool.client.Lane;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions.LeakAction;
import org.jspecify.annotations.Nullable;

/**
 * The last events of the pools: up to 50 of each pool and type, so that many of one do
 * not push out the others. An event that repeats one of the last minute is counted there.
 * Safe for use from any thread.
 */
public final class PoolEvents implements LanePoolListener, OperationListener {

	static final int MAX_OF_TYPE = 50;

	private final Map<Kind, Deque<PoolEvent>> events = new ConcurrentHashMap<>();

	/**
	 * Creates an empty list.
	 */
	public PoolEvents() {
	}

	/**
	 * Adds an event that happens now.
	 * @param pool name of the pool
	 * @param lane its lane, if it concerns one alone
	 * @param type what kind of event it is
	 * @param message what happened, for people; without secrets
	 */
	public void add(String pool, @Nullable Lane lane, Type type, String message) {
		PoolEvent event = new PoolEvent(Instant.now(), pool, (lane != null) ? lane.id() : null, type, message, 1);
		Deque<PoolEvent> same = this.events.computeIfAbsent(new Kind(pool, type), (ignored) -> new ArrayDeque<>());
		synchronized (same) {
			Optional<PoolEvent> before = same.stream().filter(event::repeats).findFirst();
			before.ifPresent(same::remove);
			same.addFirst(before.map(event::after).orElse(event));
			if (same.size() > MAX_OF_TYPE) {
				same.removeLast();
			}
		}
	}

	/**
	 * Returns the last events of all pools.
	 * @return the events, the last one first
	 */
	public List<PoolEvent> recent() {
		List<PoolEvent> recent = new ArrayList<>();
		for (Deque<PoolEvent> same : this.events.values()) {
			synchronized (same) {
				recent.addAll(same);
			}
		}
		recent.sort(Comparator.comparing(PoolEvent::at).reversed());
		return recent;
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		if (OperationResult.isOutcomeUnknown(outcome)) {
			Operation operation = outcome.operation();
			add(operation.pool(), operation.lane(), Type.OUTCOME_UNKNOWN, "%s failed and may have taken effect%s"
				.formatted(operation.name(), (outcome.traceId() != null) ? " [trace " + outcome.traceId() + "]" : ""));
		}
	}

	@Override
	public PoolListener forLane(Lane lane) {
		return forLane(DatabasePool.DEFAULT, lane);
	}

	@Override
	public PoolListener forLane(String pool, Lane lane) {
		return new LaneListener(pool, lane, "");
	}

	@Override
	public PoolListener forReadEndpoint(String pool, URI replica) {
		return new LaneListener(pool, Lane.READ, "replica " + replica.getAuthority() + ": ");
	}

	private record Kind(String pool, Type type) {

	}

	private final class LaneListener implements PoolListener {

		private final String pool;

		private final Lane lane;

		private final String prefix;

		LaneListener(String pool, Lane lane, String prefix) {
			this.pool = pool;
			this.lane = lane;
			this.prefix = prefix;
		}

		@Override
		public boolean listensToLeases() {
			return false;
		}

		@Override
		public void onConnectionOpened(long connectionId, Duration took) {
			add(Type.CONNECTION_OPENED, "connection %d opened within %dms".formatted(connectionId, took.toMillis()));
		}

		@Override
		public void onConnectionClosed(long connectionId, CloseReason reason) {
			add(Type.CONNECTION_CLOSED, "connection %d closed: %s".formatted(connectionId,
					reason.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
		}

		@Override
		public void onConnectionOpenFailed(Throwable cause, int consecutiveFailures) {
			add(Type.OPEN_FAILED, (cause.getMessage() != null) ? cause.getMessage() : cause.getClass().getSimpleName());
		}

		@Override
		public void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
			add(Type.LEAK, "%s holds connection %d for %ds, %s".formatted(lease.owner(), lease.connectionId(),
					lease.age().toSeconds(), (action == LeakAction.RECLAIM) ? "reclaimed" : "left alone"));
		}

		@Override
		public void onSelfDeadlockRisk(LeaseSnapshot held, LeaseOwner waiting) {
			add(Type.SELF_DEADLOCK_RISK, "thread %s waits for %s and holds connection %d for %s"
				.formatted(held.thread(), waiting.operation(), held.connectionId(), held.owner().operation()));
		}

		@Override
		public void onAcquireFailed(LeaseOwner owner, PoolException cause) {
			add(Type.ACQUIRE_FAILED, owner.operation() + ": " + reason(cause));
		}

		private static String reason(PoolException cause) {
			if (cause instanceof AcquireTimeoutException) {
				return "no connection in time";
			}
			return (cause instanceof AcquireRejectedException) ? "too many callers wait already" : "the pool is closed";
		}

		private void add(Type type, String message) {
			PoolEvents.this.add(this.pool, this.lane, type, this.prefix + message);
		}

	}

}
