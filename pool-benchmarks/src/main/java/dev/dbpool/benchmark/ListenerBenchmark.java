package dev.dbpool.benchmark;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;
import dev.dbpool.client.PooledClient;
import dev.dbpool.postgrest.value.Row;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Measures what the listeners of an application with actuator and Prometheus cost at the
 * end of an operation: statistics, meters, the window of the health and the log.
 */
@SuppressWarnings("NullAway.Init")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ListenerBenchmark {

	/** Whether there are meters by the names of OpenTelemetry as well. */
	@Param({ "false", "true" })
	private boolean openTelemetry;

	private ConfigurableApplicationContext context;

	private List<OperationListener> listeners;

	private OperationOutcome success;

	private OperationOutcome failure;

	/**
	 * Starts an application whose server is out of reach, and takes the outcome of an
	 * operation.
	 */
	@Setup
	public void start() {
		AtomicReference<OperationOutcome> seen = new AtomicReference<>();
		this.context = new SpringApplicationBuilder(StarterApplication.class).web(WebApplicationType.NONE)
			.initializers(
					(context) -> context.getBeanFactory().registerSingleton("recorder", (OperationListener) seen::set))
			.run("--db.pool.url=http://localhost:1", "--db.pool.anon-key=none", "--db.pool.connection-timeout=1s",
					"--db.pool.enable-opentelemetry-metrics=" + this.openTelemetry);
		this.listeners = this.context.getBeanProvider(OperationListener.class)
			.orderedStream()
			.filter((listener) -> listener.getClass().getName().startsWith("dev.dbpool.autoconfigure"))
			.toList();
		PooledClient client = this.context.getBean(PooledClient.class);
		client.retries(0).named("GET /cars").from("cars").select("id").list(Row.class).onErrorComplete().block();
		this.failure = Objects.requireNonNull(seen.get());
		this.success = new OperationOutcome(this.failure.operation(), OperationOutcome.Result.SUCCESS, 1,
				this.failure.duration().dividedBy(1000), this.failure.waited().dividedBy(1000),
				this.failure.held().dividedBy(1000), null, null);
	}

	/**
	 * Ends the application.
	 */
	@TearDown
	public void stop() {
		this.context.close();
	}

	/**
	 * Ends an operation that has succeeded.
	 */
	@Benchmark
	public void success() {
		this.listeners.forEach((listener) -> listener.onEnd(this.success));
	}

	/**
	 * Ends an operation that has failed.
	 */
	@Benchmark
	public void failure() {
		this.listeners.forEach((listener) -> listener.onEnd(this.failure));
	}

}
