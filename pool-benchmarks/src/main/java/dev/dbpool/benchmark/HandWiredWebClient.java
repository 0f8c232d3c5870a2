package dev.dbpool.benchmark;

import java.time.Duration;
import java.util.List;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.reactor.circuitbreaker.operator.CircuitBreakerOperator;
import io.github.resilience4j.reactor.retry.RetryOperator;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import reactor.core.publisher.Mono;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * A shared client with a circuit breaker, a retry and a timer around each call.
 */
final class HandWiredWebClient implements Variant {

	private final ConnectionProvider provider;

	private final WebClient client;

	private final CircuitBreaker breaker = CircuitBreaker.ofDefaults("benchmark");

	private final Retry retry = Retry.of("benchmark",
			RetryConfig.custom()
				.maxAttempts(4)
				.intervalFunction(IntervalFunction.ofExponentialRandomBackoff(Duration.ofSeconds(1)))
				.build());

	private final MeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

	HandWiredWebClient(Target target, int connections) {
		this.provider = SharedWebClient.provider("benchmark-hand-wired", connections);
		this.client = WebClients.builder(target).clientConnector(WebClients.over(this.provider, target)).build();
	}

	@Override
	public Mono<List<Item>> fetch(Query query, int key) {
		return Mono.defer(() -> {
			Timer.Sample sample = Timer.start(this.registry);
			return WebClients.fetch(this.client, query, key)
				.transformDeferred(CircuitBreakerOperator.of(this.breaker))
				.transformDeferred(RetryOperator.of(this.retry))
				.doOnSuccess((items) -> stop(sample, "success"))
				.doOnError((failure) -> stop(sample, "failure"));
		});
	}

	private void stop(Timer.Sample sample, String outcome) {
		sample.stop(this.registry.timer("items.fetch", "operation", "GET /items", "outcome", outcome));
	}

	@Override
	public void close() {
		this.provider.disposeLater().block();
	}

}
