package dev.dbpool.client;

import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A thread that uses a client.
 *
 * @param client the client
 * @param random the choices of this thread
 * @param begun how many operations were begun, by name
 */
record SoakCaller(PooledClient client, Random random, Map<String, LongAdder> begun) {

	/**
	 * A view for one operation, which is subscribed to immediately.
	 */
	PooledClient begin(SoakCall call) {
		begin(call.name());
		return this.client.named(call.name());
	}

	/**
	 * The client for one exchange, which is begun immediately.
	 */
	PooledClient beginExchange(String name) {
		begin(name);
		return this.client;
	}

	private void begin(String name) {
		this.begun.computeIfAbsent(name, (absent) -> new LongAdder()).increment();
	}

	<T> Mono<T> cancelledAtRandom(Mono<T> mono) {
		return mono.takeUntilOther(Mono.delay(moment()));
	}

	<T> Flux<T> cancelledAtRandom(Flux<T> flux) {
		return flux.takeUntilOther(Mono.delay(moment()));
	}

	private Duration moment() {
		return Duration.ofNanos(this.random.nextLong(1L << (15 + this.random.nextInt(12))));
	}

	int upTo(int most) {
		return 1 + this.random.nextInt(most);
	}

	/**
	 * A text that makes a body of up to 64 kB.
	 */
	String text() {
		return "x".repeat(1 << this.random.nextInt(17));
	}

}
