package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import dev.dbpool.pool.LeaseSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * Describes which operations hold the connections of a pool, for messages. Callers are
 * rejected or time out in masses, so a description is made once in a tenth of a second at
 * most, whatever the size of the pool.
 *
 * @param <C> the type of connection
 */
final class LeaseHolders<C> {

	private static final long SHELF_LIFE_NANOS = Duration.ofMillis(100).toNanos();

	private static final int MOST_SHOWN = 3;

	private final LeaseSlots<C> slots;

	private final PoolScheduler clock;

	private volatile @Nullable Description last;

	LeaseHolders(LeaseSlots<C> slots, PoolScheduler clock) {
		this.slots = slots;
		this.clock = clock;
	}

	/**
	 * Returns the holders, those with most leases first, and the oldest lease.
	 * @return for example {@code held by 12 × POST /api/orders; oldest lease 58s: POST
	 * /api/orders}, or an empty text if there is no lease
	 */
	String describe() {
		long now = this.clock.nanoTime();
		Description known = this.last;
		if (known != null && now - known.madeAt < SHELF_LIFE_NANOS) {
			return known.text;
		}
		Description fresh = new Description(now, describe(this.slots.leases()));
		this.last = fresh;
		return fresh.text;
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
				(others > 0) ? " and " + PoolMessages.count(others, "other operation") : "",
				PoolMessages.describe(oldest.age()), oldest.owner());
	}

	private record Description(long madeAt, String text) {

	}

}
