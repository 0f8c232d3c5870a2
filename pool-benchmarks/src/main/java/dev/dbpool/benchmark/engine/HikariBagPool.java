package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.util.ConcurrentBag;
import com.zaxxer.hikari.util.ConcurrentBag.IConcurrentBagEntry;
import org.jspecify.annotations.Nullable;

/**
 * The bag inside HikariCP, without what HikariCP does around it.
 */
final class HikariBagPool implements BlockingPool {

	private final ConcurrentBag<Entry> bag = new ConcurrentBag<>((waiting) -> {
	});

	private final long patienceNanos;

	HikariBagPool(int connections, Duration patience) {
		this.patienceNanos = patience.toNanos();
		for (int i = 0; i < connections; i++) {
			this.bag.add(new Entry());
		}
	}

	@Override
	public Object acquire() throws Exception {
		Entry entry = this.bag.borrow(this.patienceNanos, TimeUnit.NANOSECONDS);
		if (entry == null) {
			throw new TimeoutException("bag");
		}
		return entry;
	}

	@Override
	public @Nullable Object acquireBriefly() throws Exception {
		return this.bag.borrow(BRIEF.toNanos(), TimeUnit.NANOSECONDS);
	}

	@Override
	public void release(Object lease) {
		this.bag.requite((Entry) lease);
	}

	@Override
	public void close() {
		this.bag.close();
	}

	private static final class Entry implements IConcurrentBagEntry {

		private final AtomicInteger state = new AtomicInteger(STATE_NOT_IN_USE);

		@Override
		public boolean compareAndSet(int expectState, int newState) {
			return this.state.compareAndSet(expectState, newState);
		}

		@Override
		public void setState(int newState) {
			this.state.set(newState);
		}

		@Override
		public int getState() {
			return this.state.get();
		}

	}

}
