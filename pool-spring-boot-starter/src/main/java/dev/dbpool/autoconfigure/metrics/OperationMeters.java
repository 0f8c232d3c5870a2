package dev.dbpool.autoconfigure.metrics;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

import dev.dbpool.client.Identity;
import dev.dbpool.client.Lane;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import dev.dbpool.client.OperationOutcome.Result;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meters of operations. Names of operations are the application's; past a bound, further
 * ones are counted together as {@code other}, so that a name with an id in it cannot fill
 * the memory.
 */
final class OperationMeters implements OperationListener {

	static final int MAX_NAMES = 200;

	private static final Logger logger = LoggerFactory.getLogger(OperationMeters.class);

	private final MeterRegistry registry;

	private final BoundedNames names = new BoundedNames(MAX_NAMES, this::warn);

	private final FailureTags failureTags = new FailureTags();

	private final AtomicBoolean warned = new AtomicBoolean();

	private final Map<LaneKey, Counter> attempts = new ConcurrentHashMap<>();

	private final Map<FailureKey, Counter> failures = new ConcurrentHashMap<>();

	private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

	private final Map<Key, Counter> retries = new ConcurrentHashMap<>();

	private final Map<OperationName, DistributionSummary> batches = new ConcurrentHashMap<>();

	private final Map<OperationName, DistributionSummary> coalesced = new ConcurrentHashMap<>();

	private final Predicate<String> enabled;

	/**
	 * Creates the meters.
	 * @param registry where to register them
	 * @param enabled whether the operations of a pool are measured
	 */
	OperationMeters(MeterRegistry registry, Predicate<String> enabled) {
		this.registry = registry;
		this.enabled = enabled;
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		if (!this.enabled.test(outcome.operation().pool())) {
			return;
		}
		Key key = key(outcome.operation(), outcome.result());
		Timer known = this.timers.get(key);
		Timer timer = (known != null) ? known : this.timers.computeIfAbsent(key, this::timer);
		timer.record(outcome.duration());
		if (outcome.attempts() > 1) {
			this.retries.computeIfAbsent(key, this::retries).increment(outcome.attempts() - 1.0);
		}
		LaneKey lane = new LaneKey(key.pool(), key.lane());
		this.attempts.computeIfAbsent(lane, this::attempts).increment(outcome.attempts());
		Throwable failure = outcome.failure();
		if (failure != null) {
			this.failures
				.computeIfAbsent(
						new FailureKey(lane, this.failureTags.kind(failure), this.failureTags.sqlStateClass(failure)),
						this::failures)
				.increment();
		}
	}

	@Override
	public void onBatch(Operation operation, int keys) {
		if (this.enabled.test(operation.pool())) {
			this.batches.computeIfAbsent(name(operation), this::batches).record(keys);
		}
	}

	@Override
	public void onCoalesced(Operation operation, int callers) {
		if (this.enabled.test(operation.pool())) {
			this.coalesced.computeIfAbsent(name(operation), this::coalesced).record(callers);
		}
	}

	private OperationName name(Operation operation) {
		return new OperationName(operation.pool(), this.names.of(operation.name()));
	}

	private Key key(Operation operation, Result result) {
		return new Key(operation.pool(), this.names.of(operation.name()), operation.lane(), operation.identity(),
				result);
	}

	private void warn(String name) {
		if (this.warned.compareAndSet(false, true)) {
			logger.warn("More than {} names of operations, the last one '{}'. Further ones are measured as '{}'. "
					+ "Leave ids and other values out of the names", MAX_NAMES, name, BoundedNames.OTHER);
		}
	}

	private Timer timer(Key key) {
		return Timer.builder("dbpool.operations")
			.description("Time of operations from subscription to end, queueing, retries and back-off included")
			.tags(key.tags())
			.register(this.registry);
	}

	private DistributionSummary batches(OperationName name) {
		return DistributionSummary.builder("dbpool.batch.keys")
			.description("Keys in each request of batched reads")
			.tags("pool", name.pool(), "operation", name.name())
			.register(this.registry);
	}

	private DistributionSummary coalesced(OperationName name) {
		return DistributionSummary.builder("dbpool.coalesced.callers")
			.description("Callers that shared each exchange of coalesced reads")
			.tags("pool", name.pool(), "operation", name.name())
			.register(this.registry);
	}

	private Counter retries(Key key) {
		return Counter.builder("dbpool.operations.retries")
			.description("Attempts of operations beyond the first one")
			.tags(key.tags())
			.register(this.registry);
	}

	private Counter attempts(LaneKey lane) {
		return Counter.builder("dbpool.attempts")
			.description("Attempts of operations, the first ones included")
			.tags(lane.tags())
			.register(this.registry);
	}

	private Counter failures(FailureKey failure) {
		return Counter.builder("dbpool.failures")
			.description("Operations that failed, by kind and by class of SQLSTATE")
			.tags(failure.lane().tags())
			.tag("kind", failure.kind())
			.tag("sqlstate", failure.sqlStateClass())
			.register(this.registry);
	}

	private record LaneKey(String pool, Lane lane) {

		Tags tags() {
			return Tags.of("pool", this.pool, "lane", this.lane.id());
		}

	}

	private record FailureKey(LaneKey lane, String kind, String sqlStateClass) {

	}

	private record OperationName(String pool, String name) {

	}

	private record Key(String pool, String name, Lane lane, Identity.Kind identity, Result result) {

		Tags tags() {
			return Tags.of("pool", this.pool, "operation", this.name, "lane", this.lane.id(), "identity",
					this.identity.id(), "outcome", this.result.name().toLowerCase(Locale.ROOT));
		}

		/**
		 * Written out, since it is called for each operation and the generated one is
		 * slow.
		 */
		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Key key && this.lane == key.lane && this.identity == key.identity
					&& this.result == key.result && this.name.equals(key.name) && this.pool.equals(key.pool);
		}

		@Override
		public int hashCode() {
			return 31 * this.name.hashCode() + this.result.ordinal();
		}

	}

}
