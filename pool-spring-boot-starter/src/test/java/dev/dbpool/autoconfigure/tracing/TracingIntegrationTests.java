package dev.dbpool.autoconfigure.tracing;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.ClientLease;
import dev.dbpool.client.Lane;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.PooledClient;
import dev.dbpool.client.PooledClientBuilder;
import dev.dbpool.postgrest.value.Row;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.Observation.ContextView;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.test.simple.SimpleTracer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The observations of a whole application that is traced.
 */
@ExtendWith(OutputCaptureExtension.class)
class TracingIntegrationTests {

	private static final List<Seen> seen = new CopyOnWriteArrayList<>();

	/** Observations of the pool that have not ended yet. */
	private static final Set<Observation.Context> running = ConcurrentHashMap.newKeySet();

	private static TestApplication application;

	private static ObservationRegistry registry;

	@BeforeAll
	static void start() {
		application = TestApplication.web(TestServers.running(), "spring.main.sources=" + Traced.class.getName(),
				"db.pool.max-connections=4", "db.pool.slow-operation-threshold=1ms",
				"db.pool.enable-health-checks=false");
		registry = application.context().getBean(ObservationRegistry.class);
	}

	@AfterAll
	static void stop() {
		application.close();
	}

	/**
	 * Forgets what was observed. The observation of an exchange may end after its result
	 * was passed on.
	 */
	@BeforeEach
	void forget() {
		await().until(running::isEmpty);
		seen.clear();
	}

	@Test
	void operationHasItsWaitAndItsExchangeAsChildren() {
		application.client().named("GET /shown").from("items").select("id").list(Row.class).block();
		Seen operation = ended("dbpool.operation");
		assertThat(operation.contextualName()).isEqualTo("GET /shown");
		assertThat(operation.keys()).contains(KeyValue.of("pool", "default"), KeyValue.of("lane", "read"),
				KeyValue.of("identity", "anon"), KeyValue.of("outcome", "success"));
		assertThat(operation.events()).containsExactly("attempt 1");
		assertThat(ended("dbpool.queue").parent()).isSameAs(operation.context());
		Seen exchange = ended("http.client.requests");
		assertThat(exchange.parent()).isSameAs(operation.context());
		assertThat(exchange.keys()).extracting(KeyValue::getKey).contains("server.timing.jwt", "server.timing.network");
	}

	@Test
	void eachAttemptIsAnEventAndAFailureTheError() {
		application.client().named("GET /twice").from("items").select("id").list(Row.class).block();
		assertThat(ended("dbpool.operation").events()).containsExactly("attempt 1", "attempt 2");
		forget();
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> application.client().from("nothing").select("id").list(Row.class).block());
		Seen failed = ended("dbpool.operation");
		assertThat(failed.keys()).contains(KeyValue.of("outcome", "failure"));
		assertThat(failed.error()).isInstanceOf(DataAccessException.class);
	}

	@Test
	void parentIsTheObservationOfTheCallingThreadOrOfTheSubscriber() throws InterruptedException {
		Observation caller = Observation.start("caller", registry);
		Thread thread = new Thread(
				() -> caller.scoped(() -> application.client().blocking().from("items").select("id").list(Row.class)));
		thread.start();
		thread.join();
		assertThat(ended("dbpool.operation").parent()).isSameAs(caller.getContextView());
		forget();
		application.client()
			.from("items")
			.select("id")
			.list(Row.class)
			.contextWrite((context) -> context.put(ObservationThreadLocalAccessor.KEY, caller))
			.block();
		assertThat(ended("dbpool.operation").parent()).isSameAs(caller.getContextView());
		caller.stop();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "There are no virtual threads before Java 21")
	void parentIsTheObservationOfAVirtualThread() throws ReflectiveOperationException, InterruptedException {
		Observation caller = Observation.start("caller", registry);
		Thread thread = (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class)
			.invoke(null, (Runnable) () -> caller
				.scoped(() -> application.client().blocking().from("items").select("id").list(Row.class)));
		thread.join();
		assertThat(ended("dbpool.operation").parent()).isSameAs(caller.getContextView());
		caller.stop();
	}

	@Test
	void leaseHasItsWaitAndItsStatementsAsChildren() {
		Observation caller = Observation.start("caller", registry);
		caller.scoped(() -> {
			try (ClientLease lease = application.client().blocking().lease(Lane.READ, "GET /held")) {
				lease.postgrest().from("items").select("id").list(Row.class).block();
				Schedulers.parallel()
					.schedule(() -> lease.postgrest().from("items").select("id").stream(Row.class).subscribe());
				await().until(() -> exchanges().size() == 2);
				assertThat(seen).extracting((one) -> one.context().getName()).doesNotContain("dbpool.operation");
			}
		});
		Seen lease = ended("dbpool.operation");
		assertThat(lease.contextualName()).isEqualTo("GET /held");
		assertThat(lease.parent()).isSameAs(caller.getContextView());
		assertThat(lease.keys()).contains(KeyValue.of("lane", "read"), KeyValue.of("outcome", "success"));
		assertThat(ended("dbpool.queue").parent()).isSameAs(lease.context());
		assertThat(exchanges()).hasSize(2).allMatch((exchange) -> exchange.parent() == lease.context());
		caller.stop();
	}

	@Test
	void statementOnALeaseBelongsToTheObservationThatTheCallerHasBegunSince() {
		try (ClientLease lease = application.client().blocking().lease(Lane.READ, "GET /held")) {
			Observation step = Observation.start("step", registry);
			step.scoped(() -> lease.postgrest().from("items").select("id").list(Row.class).block());
			assertThat(ended("http.client.requests").parent()).isSameAs(step.getContextView());
			step.stop();
		}
	}

	@Test
	void leaseThatIsRevokedHasFailed() {
		ClientLease lease = application.client().blocking().lease(Lane.READ, "GET /held");
		application.client()
			.pool(Lane.READ)
			.leases()
			.forEach((one) -> application.client().pool(Lane.READ).revoke(one.id()));
		Seen operation = ended("dbpool.operation");
		assertThat(operation.keys()).contains(KeyValue.of("outcome", "failure"));
		assertThat(operation.error()).hasMessageContaining("was revoked by the pool");
		lease.close();
		assertThat(seen).filteredOn((one) -> one.context().getName().equals("dbpool.operation")).hasSize(1);
	}

	@Test
	void leaseThatIsCancelledBeforeThereIsAConnectionHasEnded() {
		PooledClient client = application.client();
		try (ClientLease one = client.blocking().lease(Lane.READ, "GET /one");
				ClientLease two = client.blocking().lease(Lane.READ, "GET /two")) {
			Disposable waiting = client.lease(Lane.READ, "GET /three").subscribe();
			await().until(() -> client.pool(Lane.READ).snapshot().pending() == 1);
			waiting.dispose();
			Seen operation = ended("dbpool.operation");
			assertThat(operation.contextualName()).isEqualTo("GET /three");
			assertThat(operation.keys()).contains(KeyValue.of("outcome", "cancelled"));
			assertThat(one.connectionId()).isNotEqualTo(two.connectionId());
		}
	}

	@Test
	void leaseOfAHealthCheckIsNoOperationOfACaller() {
		PooledClientBuilder.onControlConnection(application.client()).blocking().lease(Lane.READ, "check").close();
		application.client().blocking().lease(Lane.READ, "GET /held").close();
		assertThat(ended("dbpool.operation").contextualName()).isEqualTo("GET /held");
	}

	private static List<Seen> exchanges() {
		return seen.stream().filter((one) -> one.context().getName().equals("http.client.requests")).toList();
	}

	@Test
	void leasesAndSlowOperationsNameTheirTrace(CapturedOutput output) {
		Observation caller = Observation.start("caller", registry);
		String trace = caller.scoped(() -> {
			try (ClientLease lease = application.client().blocking().lease(Lane.READ, "GET /held")) {
				assertThat(lease.isActive()).isTrue();
				application.client()
					.read("GET /slow",
							(db) -> db.from("items").select("id").list(Row.class).delayElement(Duration.ofMillis(5)))
					.block();
				String id = application.context().getBean(Tracer.class).currentSpan().context().traceId();
				assertThat(application.get("/actuator/databasepool/leases").body())
					.contains("\"operation\":\"GET /held\"", "\"traceId\":\"" + id + "\"");
				return id;
			}
		});
		caller.stop();
		await().until(() -> output.getOut().contains("ms on one [trace " + trace + "]"));
		assertThat(application.get("/actuator/databasepool/operations").body())
			.contains("\"traceId\":\"" + trace + "\"");
	}

	private static Seen ended(String name) {
		await().until(() -> seen.stream().anyMatch((one) -> one.context().getName().equals(name)));
		return seen.stream().filter((one) -> one.context().getName().equals(name)).findFirst().orElseThrow();
	}

	/**
	 * An observation that has ended.
	 */
	private record Seen(Observation.Context context, String contextualName, @Nullable ContextView parent,
			List<KeyValue> keys, List<String> events, @Nullable Throwable error) {

	}

	@Configuration(proxyBeanMethods = false)
	static class Traced {

		@Bean
		SimpleTracer tracer() {
			return new SimpleTracer();
		}

		@Bean
		DefaultTracingObservationHandler tracingHandler(Tracer tracer) {
			return new DefaultTracingObservationHandler(tracer);
		}

		@Bean
		ObservationHandler<Observation.Context> recorder() {
			return new Recorder();
		}

		@Bean
		OperationInterceptor repeating() {
			return new OperationInterceptor() {

				@Override
				public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
					return operation.name().equals("GET /twice") ? Mono.from(attempt).then(Mono.from(attempt))
							: attempt;
				}

			};
		}

	}

	private static final class Recorder implements ObservationHandler<Observation.Context> {

		@Override
		public void onStart(Observation.Context context) {
			if (isOfPool(context)) {
				running.add(context);
			}
		}

		private static boolean isOfPool(Observation.Context context) {
			return context.getName().startsWith("dbpool.") || context.getName().equals("http.client.requests");
		}

		@Override
		public void onEvent(Observation.Event event, Observation.Context context) {
			events(context).add(event.getContextualName());
		}

		@Override
		public void onStop(Observation.Context context) {
			Observation.@Nullable ContextView parent = (context.getParentObservation() != null)
					? context.getParentObservation().getContextView() : null;
			seen.add(new Seen(context, String.valueOf(context.getContextualName()), parent,
					context.getAllKeyValues().stream().toList(), List.copyOf(events(context)), context.getError()));
			running.remove(context);
		}

		private static List<String> events(Observation.Context context) {
			return context.computeIfAbsent(Recorder.class, (key) -> new CopyOnWriteArrayList<>());
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

}
