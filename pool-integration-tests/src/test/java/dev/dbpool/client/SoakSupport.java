package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;

import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolListener;
import dev.dbpool.pool.PoolOptions.LeakAction;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.transport.BufferLeaks;
import io.netty.channel.Channel;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;

import org.springframework.dao.DataAccessException;
import org.springframework.web.client.RestClientException;
import org.springframework.web.reactive.function.client.WebClientException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

/**
 * Callers that do everything a client can do, and give up at any moment, while the
 * network fails; and what must hold after that. {@code -Ddbpool.soak.seconds} sets how
 * long a test class takes, and {@code -Ddbpool.soak.seed} repeats the choices of a run,
 * though not how its threads took turns.
 */
abstract class SoakSupport extends ClientTestSupport {

	static final Duration DURATION = Duration.ofSeconds(Integer.getInteger("dbpool.soak.seconds", 20));

	static final long SEED = Long.getLong("dbpool.soak.seed", System.nanoTime());

	static final int CONNECTIONS = 4;

	private static final int CALLERS = 12;

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

	private static final Duration LONGEST_CALL = Duration.ofSeconds(30);

	final BufferLeaks leaks = new BufferLeaks();

	private final Map<String, LongAdder> begun = new ConcurrentHashMap<>();

	private final Map<String, LongAdder> ended = new ConcurrentHashMap<>();

	private final Map<String, LongAdder> results = new ConcurrentHashMap<>();

	private final Queue<Throwable> defects = new ConcurrentLinkedQueue<>();

	private final AtomicInteger sockets = new AtomicInteger();

	private final AtomicInteger mostSockets = new AtomicInteger();

	@AfterEach
	void detectionIsAsBefore() {
		this.leaks.close();
	}

	static FaultProxy proxy(int port) {
		return FaultProxy.builder("localhost", port).seed(SEED).start();
	}

	PooledClient client(URI url, ExchangeMode mode, List<URI> replicas, UnaryOperator<HttpClient> http) {
		PooledClientBuilder builder = PooledClient.builder(url, ApiKeys.of(server().anonKey(), server().serviceKey()))
			.restPath("/")
			.exchange(mode)
			.connectTimeout(Duration.ofMillis(500))
			.requestTimeout(Duration.ofSeconds(1))
			.operationTimeout(Duration.ofSeconds(5))
			.readEndpoints(replicas)
			.readEndpointOptions((replica, options) -> options.listener(new LeakListener()))
			.httpClient((client) -> countingSockets(http.apply(client)))
			.interceptor(new RetryingInterceptor())
			.listener((outcome) -> count(this.ended, outcome.operation().name()));
		for (Lane lane : Lane.values()) {
			builder.lane(lane,
					(options) -> options.minConnections(1)
						.maxConnections(CONNECTIONS)
						.maxPending(1_000)
						.acquireTimeout(Duration.ofSeconds(2))
						.listener(new LeakListener())
						.validateAfterIdle(Duration.ofMillis(100))
						.keepAliveInterval(Duration.ofMillis(500))
						.idleTimeout(Duration.ofSeconds(1))
						.maxLifetime(Duration.ofSeconds(3))
						.minOpenBackoff(Duration.ofMillis(10))
						.maxOpenBackoff(Duration.ofMillis(100)));
		}
		return builder.build();
	}

	private HttpClient countingSockets(HttpClient http) {
		return http.doOnChannelInit((observer, channel, address) -> count(channel));
	}

	private void count(Channel channel) {
		this.mostSockets.accumulateAndGet(this.sockets.incrementAndGet(), Math::max);
		channel.closeFuture().addListener((closed) -> this.sockets.decrementAndGet());
	}

	/**
	 * Returns the pools of the lanes and of the replicas.
	 */
	static List<ConnectionPool<?>> pools(PooledClient client) {
		List<ConnectionPool<?>> pools = new ArrayList<>();
		for (Lane lane : Lane.values()) {
			pools.add(client.pool(lane));
		}
		client.readEndpoints().forEach((replica) -> pools.add(replica.pool()));
		return pools;
	}

	/**
	 * Calls for some time, while the network fails.
	 * @param round distinguishes the choices of several rounds
	 */
	void callWhileItFails(PooledClient client, SoakFaults faults, Duration time, int round)
			throws InterruptedException {
		CountDownLatch end = new CountDownLatch(1);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < CALLERS; i++) {
			SoakCaller caller = new SoakCaller(client, new Random(SEED + i + 1 + (long) CALLERS * round), this.begun);
			threads.add(new Thread(() -> callUntil(end, caller), "soak-" + i));
		}
		threads.forEach(Thread::start);
		try {
			long last = System.nanoTime() + time.toNanos();
			while (System.nanoTime() < last) {
				faults.makeOne(end);
				pools(client).forEach((pool) -> assertThat(pool.snapshot().total()).isLessThanOrEqualTo(CONNECTIONS));
			}
		}
		finally {
			end.countDown();
		}
		for (Thread thread : threads) {
			thread.join(2 * LONGEST_CALL.toMillis());
			assertThat(thread.isAlive()).as("a caller that hangs: %s", List.of(thread.getStackTrace())).isFalse();
		}
	}

	private void callUntil(CountDownLatch end, SoakCaller caller) {
		SoakCall[] calls = SoakCall.values();
		while (end.getCount() > 0) {
			SoakCall call = calls[caller.random().nextInt(calls.length)];
			try {
				Flux.from(call.run(caller)).blockLast(LONGEST_CALL);
				count(this.results, call + " completed");
			}
			catch (Throwable ex) {
				count(this.results, call + " failed");
				if (!isExpected(ex)) {
					this.defects.add(new AssertionError(call.name(), ex));
				}
			}
		}
	}

	/**
	 * Waits until each call succeeds again, and no lease, no waiter and no operation is
	 * left.
	 */
	void awaitThatAllIsWell(PooledClient client) {
		await().ignoreExceptionsMatching(SoakSupport::isExpected).untilAsserted(() -> callEverythingOnce(client));
		pools(client).forEach((pool) -> await().untilAsserted(() -> assertIdle(pool.snapshot())));
		await().untilAsserted(() -> assertThat(counts(this.ended)).isEqualTo(counts(this.begun)));
	}

	static ConditionFactory await() {
		return Awaitility.await().atMost(LONGEST_WAIT);
	}

	private void callEverythingOnce(PooledClient client) {
		SoakCaller caller = new SoakCaller(client, new Random(SEED), this.begun);
		for (SoakCall call : SoakCall.values()) {
			Flux.from(call.run(caller)).blockLast(LONGEST_CALL);
		}
	}

	private static boolean isExpected(Throwable failure) {
		return failure instanceof DataAccessException || failure instanceof WebClientException
				|| failure instanceof RestClientException;
	}

	private void assertIdle(PoolSnapshot pool) {
		assertThat(pool.active()).as("leases").isZero();
		assertThat(pool.pending()).as("waiters").isZero();
		assertThat(pool.acquired()).isEqualTo(pool.released());
		assertThat(pool.leaked()).as("leases that leak detection reported, seed %d: %s", SEED, this.defects).isZero();
	}

	/**
	 * Returns how many sockets the client has open.
	 */
	int sockets() {
		return this.sockets.get();
	}

	/**
	 * Closes the client, and asserts that nothing is left of it and nothing was wrong.
	 */
	void closeWithoutLosses(String name, PooledClient client, FaultProxy... proxies) {
		client.close(Duration.ofSeconds(5)).block(LONGEST_CALL);
		await().untilAsserted(() -> assertThat(this.sockets).as("sockets of the client").hasValue(0));
		for (FaultProxy proxy : proxies) {
			await().untilAsserted(() -> assertThat(proxy.open()).as("sockets of the proxy").isZero());
		}
		for (ConnectionPool<?> pool : pools(client)) {
			assertThat(pool.snapshot().created()).isEqualTo(pool.snapshot().destroyed());
		}
		System.out.printf("soak: %s, most sockets %d%n%s%n%s%n", name, this.mostSockets.get(), counts(this.begun),
				counts(this.results));
		List<String> reports = this.leaks.reports();
		assertSoftly((softly) -> {
			softly.assertThat(this.defects).as("failures of calls and reported leases, seed %d", SEED).isEmpty();
			softly.assertThat(reports).as("leaks, seed %d", SEED).isEmpty();
			softly.assertThat(this.mostSockets)
				.as("sockets, seed %d", SEED)
				.hasValueLessThanOrEqualTo(pools(client).size() * CONNECTIONS);
		});
	}

	private static void count(Map<String, LongAdder> counts, String name) {
		counts.computeIfAbsent(name, (absent) -> new LongAdder()).increment();
	}

	private static Map<String, Long> counts(Map<String, LongAdder> counts) {
		Map<String, Long> sums = new TreeMap<>();
		counts.forEach((name, count) -> sums.put(name, count.sum()));
		return sums;
	}

	/**
	 * Keeps the leases that leak detection reports. Their age says why: one that is
	 * younger than the leak detection timeout was lost by its holder. Pools note the
	 * times of leases as they do without a listener.
	 */
	private final class LeakListener implements PoolListener {

		@Override
		public boolean listensToLeases() {
			return false;
		}

		@Override
		public void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
			SoakSupport.this.defects.add(new AssertionError("leak detection reported " + lease));
		}

	}

}
