package dev.dbpool.pool.engine;

import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import dev.dbpool.pool.engine.PooledConnection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a pool, how many are in each phase, and which slots they take.
 * Guarded by the lock of the life cycle.
 *
 * @param <C> the type of connection
 */
final class PoolConnections<C> {

	private final Map<Long, PooledConnection<C>> byId = new LinkedHashMap<>();

	private final int[] counts = new int[Phase.values().length];

	private final BitSet slots = new BitSet();

	void addOpening(PooledConnection<C> opening) {
		this.byId.put(opening.id, opening);
		this.counts[Phase.OPENING.ordinal()]++;
	}

	/**
	 * Takes the slots of the first place that is free.
	 * @param count how many slots each connection takes
	 * @return the first of them
	 */
	int takeSlots(int count) {
		int first = this.slots.nextClearBit(0);
		this.slots.set(first, first + count);
		return first;
	}

	/**
	 * Counts the slots up to the last one that is taken.
	 */
	int slots() {
		return this.slots.length();
	}

	void enter(PooledConnection<C> pooled, Phase next, long now) {
		this.counts[pooled.phase.ordinal()]--;
		this.counts[next.ordinal()]++;
		pooled.phase = next;
		pooled.phaseSince = now;
	}

	/**
	 * Forgets a connection, and frees its slots.
	 * @return whether it was known
	 */
	boolean remove(PooledConnection<C> pooled) {
		if (this.byId.remove(pooled.id) == null) {
			return false;
		}
		this.counts[pooled.phase.ordinal()]--;
		pooled.slots.forEach((slot) -> this.slots.clear(slot.index));
		return true;
	}

	@Nullable PooledConnection<C> find(long id) {
		return this.byId.get(id);
	}

	List<PooledConnection<C>> all() {
		return List.copyOf(this.byId.values());
	}

	/**
	 * Returns the connections that meet a condition, the one unused for longest first.
	 */
	List<PooledConnection<C>> coldestFirst(Predicate<PooledConnection<C>> condition) {
		Map<PooledConnection<C>, Long> lastUses = new LinkedHashMap<>();
		this.byId.values().stream().filter(condition).forEach((pooled) -> lastUses.put(pooled, pooled.lastUse()));
		Comparator<Map.Entry<PooledConnection<C>, Long>> byLastUse = (first, second) -> Long
			.signum(first.getValue() - second.getValue());
		return lastUses.entrySet().stream().sorted(byLastUse).map(Map.Entry::getKey).toList();
	}

	/**
	 * Returns the connections that are in a phase now, the oldest first.
	 */
	List<PooledConnection<C>> in(Phase phase) {
		return this.byId.values().stream().filter((pooled) -> pooled.phase == phase).toList();
	}

	int count(Phase phase) {
		return this.counts[phase.ordinal()];
	}

	int total() {
		return this.byId.size();
	}

	/**
	 * Counts the connections that are open, or will be.
	 */
	int live() {
		return total() - count(Phase.CLOSING);
	}

}
