package dev.dbpool.pool.engine;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * What {@link OneSlotOperations} has to look like: one slot, one queue, no concurrency.
 */
public class SequentialSlot {

	private static final int NONE = -1;

	private final Queue<Integer> queue = new ArrayDeque<>();

	private boolean out;

	private boolean retired;

	private int holder = NONE;

	public boolean acquire(int caller) {
		if (!state(caller).equals("none")) {
			return false;
		}
		this.queue.add(caller);
		serve();
		return true;
	}

	public String state(int caller) {
		return (this.holder == caller) ? "leased" : this.queue.contains(caller) ? "waiting" : "none";
	}

	public boolean release(int caller) {
		if (this.holder != caller) {
			return false;
		}
		this.holder = NONE;
		this.out = this.retired;
		this.retired = false;
		serve();
		return true;
	}

	public boolean cancel(int caller) {
		return this.queue.remove(caller);
	}

	public void fallAsleep(int caller) {
	}

	public boolean expire(int caller) {
		return this.queue.remove(caller);
	}

	public boolean revoke() {
		if (this.holder == NONE) {
			return false;
		}
		this.holder = NONE;
		this.out = true;
		this.retired = false;
		return true;
	}

	public void retire() {
		if (this.holder != NONE) {
			this.retired = true;
		}
		else {
			this.out = true;
		}
	}

	public boolean reopen() {
		boolean wasOut = this.out;
		this.out = false;
		serve();
		return wasOut;
	}

	public void look() {
	}

	private void serve() {
		if (this.holder == NONE && !this.out && !this.queue.isEmpty()) {
			this.holder = this.queue.remove();
		}
	}

}
