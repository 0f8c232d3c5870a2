package dev.dbpool.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

import dev.dbpool.pool.ConnectionSnapshot.State;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a pool by number and by state, with the idle ones in order of their
 * last use. Guarded by the pool's lock.
 *
 * @param <C> the type of connection
 */
final class PoolConnections<C> {

	private final Map<Long, PooledConnection<C>> byId = new LinkedHashMap<>();

	private final Deque<PooledConnection<C>> idle = new ArrayDeque<>();

	private final int[] counts = new int[State.values().length];

	void addOpening(PooledConnection<C> opening) {
		this.byId.put(opening.id, opening);
		this.counts[State.OPENING.ordinal()]++;
	}

	void move(PooledConnection<C> pooled, State next, long now) {
		if (pooled.state == State.IDLE) {
			this.idle.remove(pooled);
		}
		this.counts[pooled.state.ordinal()]--;
		this.counts[next.ordinal()]++;
		pooled.enter(next, now);
		if (next == State.IDLE) {
			this.idle.addFirst(pooled);
		}
	}

	/**
	 * Forgets a connection.
	 * @return whether it was known
	 */
	boolean remove(PooledConnection<C> pooled) {
		if (this.byId.remove(pooled.id) == null) {
			return false;
		}
		this.counts[pooled.state.ordinal()]--;
		return true;
	}

	@Nullable PooledConnection<C> find(long id) {
		return this.byId.get(id);
	}

	/**
	 * Finds the idle connection used last that meets a condition.
	 */
	@Nullable PooledConnection<C> findIdle(Predicate<PooledConnection<C>> condition) {
		for (PooledConnection<C> candidate : this.idle) {
			if (condition.test(candidate)) {
				return candidate;
			}
		}
		return null;
	}

	List<PooledConnection<C>> all() {
		return List.copyOf(this.byId.values());
	}

	/**
	 * Returns the idle connections, the one that is idle for longest first.
	 */
	List<PooledConnection<C>> coldestFirst() {
		List<PooledConnection<C>> coldestFirst = new ArrayList<>(this.idle);
		Collections.reverse(coldestFirst);
		return coldestFirst;
	}

	Optional<PooledLease<C>> oldestLease() {
		PooledLease<C> oldest = null;
		for (PooledConnection<C> pooled : this.byId.values()) {
			PooledLease<C> lease = pooled.lease;
			if (lease != null && (oldest == null || lease.id() < oldest.id())) {
				oldest = lease;
			}
		}
		return Optional.ofNullable(oldest);
	}

	int count(State state) {
		return this.counts[state.ordinal()];
	}

	int total() {
		return this.byId.size();
	}

	/**
	 * Counts the connections that are open, or will be.
	 */
	int live() {
		return total() - count(State.CLOSING);
	}

}
