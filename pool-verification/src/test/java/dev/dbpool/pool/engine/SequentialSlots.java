package dev.dbpool.pool.engine;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/**
 * What {@link GrowingSlotsOperations} has to look like: one slot that becomes two, one
 * queue, no concurrency.
 */
public class SequentialSlots {

	private final Queue<Integer> queue = new ArrayDeque<>();

	private final Set<Integer> holders = new HashSet<>();

	private int slots = 1;

	public boolean acquire(int caller) {
		if (!state(caller).equals("none")) {
			return false;
		}
		this.queue.add(caller);
		serve();
		return true;
	}

	public String state(int caller) {
		return this.holders.contains(caller) ? "leased" : this.queue.contains(caller) ? "waiting" : "none";
	}

	public boolean release(int caller) {
		boolean held = this.holders.remove(caller);
		serve();
		return held;
	}

	public boolean cancel(int caller) {
		return this.queue.remove(caller);
	}

	public boolean grow() {
		boolean news = this.slots == 1;
		this.slots = 2;
		serve();
		return news;
	}

	public void look() {
	}

	private void serve() {
		while (this.holders.size() < this.slots && !this.queue.isEmpty()) {
			this.holders.add(this.queue.remove());
		}
	}

}
