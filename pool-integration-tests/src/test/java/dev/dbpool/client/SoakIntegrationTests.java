package dev.dbpool.client;

import java.net.URI;
import java.nio.file.Path;
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
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.transport.TestCertificate;
import io.netty.channel.Channel;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.dao.DataAccessException;
import org.springframework.web.client.RestClientException;
import org.springframework.web.reactive.function.client.WebClientException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

/**
 * Callers that do everything a client can do, and give up at any moment, over a network
 * that fails in every respect, under Netty's strictest leak detection. No buffer, lease,
 * socket or record of an operation may be lost. {@code -Ddbpool.soak.seconds} sets how
 * long all of it takes, and {@code -Ddbpool.soak.seed} repeats the choices of a run,
 * though not how its threads took turns.
 */
@Tag("long")
@Isolated
class SoakIntegrationTests extends ClientTestSupport {

	private static final int RUNS = 4;

	private static final Duration DURATION = Duration.ofSeconds(Integer.getInteger("dbpool.soak.seconds", 20))
		.dividedBy(RUNS);

	private static final long SEED = Long.getLong("dbpool.soak.seed", System.nanoTime());

	private static final int CALLERS = 12;

	private static final int CONNECTIONS = 4;

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

	private static final Duration LONGEST_CALL = Duration.ofSeconds(30);

	private final BufferLeaks leaks = new BufferLeaks();

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

	@Test
	void aBufferThatACallerKeepsIsReported() {
		PooledClient client = client();
		client.webClient().get().uri("/cars").retrieve().bodyToFlux(DataBuffer.class).blockLast();
		assertThat(this.leaks.reports()).isNotEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void nothingIsLost(ExchangeMode mode) throws InterruptedException {
		try (FaultProxy proxy = proxy(server().url().getPort())) {
			soak(mode + " over HTTP", proxy, client(proxy.url(), mode, this::countingSockets));
		}
	}

	@ParameterizedTest
	@EnumSource
	void nothingIsLostOverTls(ExchangeMode mode, @TempDir Path directory) throws Exception {
		TestCertificate certificate = TestCertificate.create(directory);
		try (TlsTerminator terminator = new TlsTerminator(certificate, server().url());
				FaultProxy proxy = proxy(terminator.port())) {
			soak(mode + " over TLS", proxy, client(URI.create("https://localhost:" + proxy.port()), mode,
					(http) -> countingSockets(http.secure((tls) -> tls.sslContext(certificate.trusting())))));
		}
	}

	private void soak(String name, FaultProxy proxy, PooledClient client) throws InterruptedException {
		SoakFaults faults = new SoakFaults(proxy, new Random(SEED));
		System.out.printf("soak: %s, %s, seed %d%n", name, DURATION, SEED);
		callWhileTheNetworkFails(client, faults);
		proxy.restore();
		Awaitility.await()
			.atMost(LONGEST_WAIT)
			.ignoreExceptionsMatching(SoakIntegrationTests::isExpected)
			.untilAsserted(() -> callEverythingOnce(client));
		for (Lane lane : Lane.values()) {
			Awaitility.await().atMost(LONGEST_WAIT).untilAsserted(() -> assertIdle(client.pool(lane).snapshot()));
		}
		Awaitility.await()
			.atMost(LONGEST_WAIT)
			.untilAsserted(() -> assertThat(counts(this.ended)).isEqualTo(counts(this.begun)));
		client.close(Duration.ofSeconds(5)).block(LONGEST_CALL);
		Awaitility.await()
			.atMost(LONGEST_WAIT)
			.untilAsserted(() -> assertThat(this.sockets).as("sockets of the client").hasValue(0));
		Awaitility.await()
			.atMost(LONGEST_WAIT)
			.untilAsserted(() -> assertThat(proxy.open()).as("sockets of the proxy").isZero());
		System.out.printf("soak: %s, faults %s, connections %d, most sockets %d%n%s%n%s%n", name, faults,
				proxy.accepted(), this.mostSockets.get(), counts(this.begun), counts(this.results));
		List<String> reports = this.leaks.reports();
		assertSoftly((softly) -> {
			softly.assertThat(this.defects).as("failures of calls, seed %d", SEED).isEmpty();
			softly.assertThat(reports).as("leaks, seed %d", SEED).isEmpty();
			softly.assertThat(this.mostSockets).as("sockets, seed %d", SEED).hasValueLessThanOrEqualTo(2 * CONNECTIONS);
		});
	}

	private static FaultProxy proxy(int port) {
		return FaultProxy.builder("localhost", port).seed(SEED).start();
	}

	private PooledClient client(URI url, ExchangeMode mode, UnaryOperator<HttpClient> http) {
		PooledClientBuilder builder = PooledClient.builder(url, ApiKeys.of(server().anonKey(), server().serviceKey()))
			.restPath("/")
			.exchange(mode)
			.connectTimeout(Duration.ofMillis(500))
			.requestTimeout(Duration.ofSeconds(1))
			.operationTimeout(Duration.ofSeconds(5))
			.httpClient(http)
			.interceptor(new RetryingInterceptor())
			.listener((outcome) -> count(this.ended, outcome.operation().name()));
		for (Lane lane : Lane.values()) {
			builder.lane(lane,
					(options) -> options.minConnections(1)
						.maxConnections(CONNECTIONS)
						.maxPending(1_000)
						.acquireTimeout(Duration.ofSeconds(2))
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

	private void callWhileTheNetworkFails(PooledClient client, SoakFaults faults) throws InterruptedException {
		CountDownLatch end = new CountDownLatch(1);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < CALLERS; i++) {
			SoakCaller caller = new SoakCaller(client, new Random(SEED + i + 1), this.begun);
			threads.add(new Thread(() -> callUntil(end, caller), "soak-" + i));
		}
		threads.forEach(Thread::start);
		try {
			long last = System.nanoTime() + DURATION.toNanos();
			while (System.nanoTime() < last) {
				faults.makeOne(end);
				for (Lane lane : Lane.values()) {
					assertThat(client.pool(lane).snapshot().total()).isLessThanOrEqualTo(CONNECTIONS);
				}
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

	private static void assertIdle(PoolSnapshot pool) {
		assertThat(pool.active()).as("leases").isZero();
		assertThat(pool.pending()).as("waiters").isZero();
		assertThat(pool.acquired()).isEqualTo(pool.released());
		assertThat(pool.leaked()).as("leases that leak detection reported").isZero();
	}

	private static void count(Map<String, LongAdder> counts, String name) {
		counts.computeIfAbsent(name, (absent) -> new LongAdder()).increment();
	}

	private static Map<String, Long> counts(Map<String, LongAdder> counts) {
		Map<String, Long> sums = new TreeMap<>();
		counts.forEach((name, count) -> sums.put(name, count.sum()));
		return sums;
	}

}
