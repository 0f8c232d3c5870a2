package dev.dbpool.autoconfigure.activity;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.PoolBackgroundTask;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolSnapshot;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * Takes a snapshot of each lane once a second and remembers those of the last five
 * minutes. Safe for use from any thread.
 */
public final class PoolSampler extends PoolBackgroundTask {

	/** The longest time that is remembered. */
	public static final Duration LONGEST = Duration.ofMinutes(5);

	private static final int SAMPLES = (int) LONGEST.toSeconds();

	private final DatabasePools pools;

	private final Map<Key, History> histories = new ConcurrentHashMap<>();

	PoolSampler(DatabasePools pools) {
		this.pools = pools;
	}

	/**
	 * Returns the share of a lane's connections that was leased on average.
	 * @param pool name of the pool
	 * @param lane the lane
	 * @param window how far to look back, {@link #LONGEST} at the most
	 * @return 0 to 1; the time before the start counts as 0
	 */
	public double utilization(String pool, Lane lane, Duration window) {
		return history(pool, lane).utilization((int) window.toSeconds());
	}

	/**
	 * Returns how many leases of a lane leaked, those of read replicas included.
	 * @param pool name of the pool
	 * @param lane the lane
	 * @param window how far to look back, {@link #LONGEST} at the most
	 * @return the number
	 */
	public long leaks(String pool, Lane lane, Duration window) {
		return history(pool, lane).leaks((int) window.toSeconds());
	}

	/**
	 * Returns how many attempts to open a connection of a lane failed.
	 * @param pool name of the pool
	 * @param lane the lane
	 * @param window how far to look back, {@link #LONGEST} at the most
	 * @return the number
	 */
	public long openFailures(String pool, Lane lane, Duration window) {
		return history(pool, lane).openFailures((int) window.toSeconds());
	}

	/**
	 * Returns the highest values of a lane since the start, to within a second: what
	 * rises and falls again between two samples is missed.
	 * @param pool name of the pool
	 * @param lane the lane
	 * @return the peaks
	 */
	public Peaks peaks(String pool, Lane lane) {
		return history(pool, lane).peaks();
	}

	private History history(String pool, Lane lane) {
		return this.histories.computeIfAbsent(new Key(pool, lane), (key) -> new History());
	}

	void sample() {
		for (DatabasePool pool : this.pools.all()) {
			for (Lane lane : Lane.values()) {
				PoolSnapshot snapshot = pool.client().pool(lane).snapshot();
				history(pool.name(), lane).add(snapshot,
						snapshot.leaked() + ((lane == Lane.READ) ? leaksOfReplicas(pool) : 0));
			}
		}
	}

	private static long leaksOfReplicas(DatabasePool pool) {
		return pool.client().readEndpoints().stream().mapToLong((replica) -> replica.pool().snapshot().leaked()).sum();
	}

	@Override
	protected Disposable begin() {
		return everySecond(Schedulers.parallel(), this::sample);
	}

	private record Key(String pool, Lane lane) {

	}

	/**
	 * The highest values of a lane since the start.
	 *
	 * @param active leased connections
	 * @param pending callers that waited at the same time
	 * @param maxWait age of the oldest waiter
	 */
	public record Peaks(int active, int pending, Duration maxWait) {

		Peaks and(PoolSnapshot lane) {
			Duration oldest = lane.oldestWaiter().orElse(Duration.ZERO);
			return new Peaks(Math.max(this.active, lane.active()), Math.max(this.pending, lane.pending()),
					(oldest.compareTo(this.maxWait) > 0) ? oldest : this.maxWait);
		}

	}

	/**
	 * The last samples of one lane.
	 */
	static final class History {

		private final float[] utilization = new float[SAMPLES];

		private final long[] leaked = new long[SAMPLES];

		private final long[] openFailures = new long[SAMPLES];

		private Peaks peaks = new Peaks(0, 0, Duration.ZERO);

		private long count;

		synchronized void add(PoolSnapshot lane, long leaked) {
			int index = (int) (this.count % SAMPLES);
			this.utilization[index] = (float) lane.utilization();
			this.leaked[index] = leaked;
			this.openFailures[index] = lane.openFailures();
			this.peaks = this.peaks.and(lane);
			this.count++;
		}

		synchronized Peaks peaks() {
			return this.peaks;
		}

		synchronized double utilization(int seconds) {
			int known = (int) Math.min(this.count, Math.min(seconds, SAMPLES));
			double sum = 0;
			for (int i = 1; i <= known; i++) {
				sum += this.utilization[(int) ((this.count - i) % SAMPLES)];
			}
			return sum / Math.min(seconds, SAMPLES);
		}

		synchronized long leaks(int seconds) {
			return increase(this.leaked, seconds);
		}

		synchronized long openFailures(int seconds) {
			return increase(this.openFailures, seconds);
		}

		private long increase(long[] counter, int seconds) {
			if (this.count == 0) {
				return 0;
			}
			long latest = counter[(int) ((this.count - 1) % SAMPLES)];
			long back = Math.min(seconds, SAMPLES - 1);
			return latest - ((this.count > back) ? counter[(int) ((this.count - 1 - back) % SAMPLES)] : 0);
		}

	}

}
