package dev.dbpool.autoconfigure.activity;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolSnapshot;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.SmartLifecycle;

/**
 * Takes a snapshot of each lane once a second and remembers those of the last five
 * minutes. Safe for use from any thread.
 */
public final class PoolSampler implements SmartLifecycle {

	/** The longest time that is remembered. */
	public static final Duration LONGEST = Duration.ofMinutes(5);

	private static final int SAMPLES = (int) LONGEST.toSeconds();

	private final DatabasePools pools;

	private final Map<Key, History> histories = new ConcurrentHashMap<>();

	private final Disposable.Swap timer = Disposables.swap();

	private volatile boolean running;

	PoolSampler(DatabasePools pools) {
		this.pools = pools;
	}

	/**
	 * Returns the share of a lane's connections that was leased on average.
	 * @param pool name of the pool
	 * @param lane the lane
	 * @param window how far to look back, {@link #LONGEST} at the most
	 * @return 0 to 1; 0 if nothing is known yet
	 */
	public double utilization(String pool, Lane lane, Duration window) {
		return history(pool, lane).utilization((int) window.toSeconds());
	}

	/**
	 * Returns how many leases of a lane leaked.
	 * @param pool name of the pool
	 * @param lane the lane
	 * @param window how far to look back, {@link #LONGEST} at the most
	 * @return the number
	 */
	public long leaks(String pool, Lane lane, Duration window) {
		return history(pool, lane).leaks((int) window.toSeconds());
	}

	private History history(String pool, Lane lane) {
		return this.histories.computeIfAbsent(new Key(pool, lane), (key) -> new History());
	}

	void sample() {
		for (DatabasePool pool : this.pools.all()) {
			for (Lane lane : Lane.values()) {
				history(pool.name(), lane).add(pool.client().pool(lane).snapshot());
			}
		}
	}

	@Override
	public void start() {
		this.running = true;
		this.timer.update(Schedulers.parallel().schedulePeriodically(this::sample, 0, 1, TimeUnit.SECONDS));
	}

	@Override
	public void stop() {
		this.running = false;
		this.timer.update(Disposables.disposed());
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	/**
	 * Starts after the pool and stops before it.
	 */
	@Override
	public int getPhase() {
		return SmartLifecycle.DEFAULT_PHASE - 3071;
	}

	private record Key(String pool, Lane lane) {

	}

	/**
	 * The last samples of one lane.
	 */
	static final class History {

		private final float[] utilization = new float[SAMPLES];

		private final long[] leaked = new long[SAMPLES];

		private long count;

		synchronized void add(PoolSnapshot lane) {
			int index = (int) (this.count % SAMPLES);
			this.utilization[index] = (float) lane.active() / lane.max();
			this.leaked[index] = lane.leaked();
			this.count++;
		}

		synchronized double utilization(int seconds) {
			int known = (int) Math.min(this.count, Math.min(seconds, SAMPLES));
			double sum = 0;
			for (int i = 1; i <= known; i++) {
				sum += this.utilization[(int) ((this.count - i) % SAMPLES)];
			}
			return (known > 0) ? sum / known : 0;
		}

		synchronized long leaks(int seconds) {
			if (this.count == 0) {
				return 0;
			}
			long latest = this.leaked[(int) ((this.count - 1) % SAMPLES)];
			long back = Math.min(seconds, SAMPLES - 1);
			return latest - ((this.count > back) ? this.leaked[(int) ((this.count - 1 - back) % SAMPLES)] : 0);
		}

	}

}
