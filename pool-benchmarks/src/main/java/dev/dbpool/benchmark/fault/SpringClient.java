package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

import dev.dbpool.benchmark.Target;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.resilience.annotation.ConcurrencyLimit;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;

/**
 * The bare client behind a bean whose methods have the annotations of Spring Framework 7.
 * Its callers block, since {@link ConcurrencyLimit} limits nothing of a method that
 * returns a publisher.
 */
final class SpringClient implements Client {

	/** As many as Tomcat has by default. */
	private static final int CALLERS = 200;

	private final BareClient client;

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private final Scheduler callers = Schedulers.fromExecutorService(Executors.newFixedThreadPool(CALLERS));

	private final Remote remote;

	SpringClient(Target target) {
		this.client = new BareClient(target);
		this.context.register(ResilienceConfiguration.class);
		this.context.registerBean(Remote.class, () -> new Remote(this.client));
		this.context.refresh();
		this.remote = this.context.getBean(Remote.class);
	}

	@Override
	public Mono<List<Item>> read(String table, int key) {
		return blocking(() -> this.remote.read(table, key));
	}

	@Override
	public Mono<Void> write(String id) {
		return blocking(() -> this.remote.write(id)).then();
	}

	@Override
	public Mono<Void> work(Duration time) {
		return blocking(() -> this.remote.work(time)).then();
	}

	private <T> Mono<T> blocking(Callable<T> call) {
		return Mono.fromCallable(call).subscribeOn(this.callers);
	}

	@Override
	public void close() {
		this.context.close();
		this.callers.dispose();
		this.client.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class ResilienceConfiguration {

	}

	/**
	 * What the annotations apply to.
	 */
	@Retryable(maxRetries = 3, delay = 1000, multiplier = 2, jitter = 500)
	@ConcurrencyLimit(BareClient.CONNECTIONS)
	static class Remote {

		private final BareClient client;

		Remote(BareClient client) {
			this.client = client;
		}

		public List<Item> read(String table, int key) {
			return Objects.requireNonNull(this.client.read(table, key).block());
		}

		public boolean write(String id) {
			this.client.write(id).block();
			return true;
		}

		public boolean work(Duration time) {
			this.client.work(time).block();
			return true;
		}

	}

}
