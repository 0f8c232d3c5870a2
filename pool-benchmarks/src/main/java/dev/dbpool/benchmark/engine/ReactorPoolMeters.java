package dev.dbpool.benchmark.engine;

import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import reactor.pool.PoolMetricsRecorder;

/**
 * Records what reactor-pool reports in Micrometer's meters, as its own module for
 * Micrometer does.
 */
final class ReactorPoolMeters implements PoolMetricsRecorder {

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private final Timer allocation = this.registry.timer("allocation");

	private final Timer reset = this.registry.timer("reset");

	private final Timer lifetime = this.registry.timer("lifetime");

	private final Timer idle = this.registry.timer("idle");

	private final Timer pending = this.registry.timer("pending");

	private final Counter recycled = this.registry.counter("recycled");

	private final Counter slowPath = this.registry.counter("slow");

	private final Counter fastPath = this.registry.counter("fast");

	@Override
	public void recordAllocationSuccessAndLatency(long millis) {
		this.allocation.record(millis, TimeUnit.MILLISECONDS);
	}

	@Override
	public void recordAllocationFailureAndLatency(long millis) {
		this.allocation.record(millis, TimeUnit.MILLISECONDS);
	}

	@Override
	public void recordResetLatency(long millis) {
		this.reset.record(millis, TimeUnit.MILLISECONDS);
	}

	@Override
	public void recordDestroyLatency(long millis) {
		this.reset.record(millis, TimeUnit.MILLISECONDS);
	}

	@Override
	public void recordRecycled() {
		this.recycled.increment();
	}

	@Override
	public void recordLifetimeDuration(long millis) {
		this.lifetime.record(millis, TimeUnit.MILLISECONDS);
	}

	@Override
	public void recordIdleTime(long millis) {
		this.idle.record(millis, TimeUnit.MILLISECONDS);
	}

	@Override
	public void recordSlowPath() {
		this.slowPath.increment();
	}

	@Override
	public void recordFastPath() {
		this.fastPath.increment();
	}

	@Override
	public void recordPendingSuccessAndLatency(long millis) {
		this.pending.record(millis, TimeUnit.MILLISECONDS);
	}

	@Override
	public void recordPendingFailureAndLatency(long millis) {
		this.pending.record(millis, TimeUnit.MILLISECONDS);
	}

}
