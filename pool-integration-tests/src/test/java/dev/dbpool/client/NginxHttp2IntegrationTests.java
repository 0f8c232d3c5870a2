package dev.dbpool.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

import dev.dbpool.client.Http2Gateway.Limits;
import dev.dbpool.transport.Http2Mode;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * HTTP/2 through a real nginx.
 */
class NginxHttp2IntegrationTests extends Http2GatewayContract {

	@BeforeAll
	static void findNginx() {
		Assumptions.assumeTrue(Nginx.program().isPresent(),
				"There is no nginx on the PATH: install one (apt install nginx) to run these tests");
	}

	@Override
	Nginx start(Limits limits) throws Exception {
		return Nginx.start(Nginx.program().orElseThrow(), this.certificate, server().url(), limits);
	}

	@Test
	void speaksHttp1IfHttp2IsOff() throws Exception {
		try (Nginx nginx = start(Limits.USUAL)) {
			PooledClient client = client(nginx, (builder) -> connections(builder, 5).http2(Http2Mode.OFF));
			assertThat(readAll(client, 100)).isEqualTo(100);
			assertThat(sockets(client)).noneMatch((socket) -> socket.endsWith("HTTP/2")).hasSizeGreaterThan(1);
		}
	}

	@Test
	void callsSurviveReloadsOfItsConfiguration() throws Exception {
		try (Nginx nginx = start(Limits.USUAL)) {
			PooledClient client = client(nginx, (builder) -> connections(builder, 10));
			CompletableFuture<Integer> reads = CompletableFuture.supplyAsync(() -> readAll(client, 3_000));
			for (int i = 0; i < 3; i++) {
				nginx.reload();
			}
			assertThat(reads.get(60, TimeUnit.SECONDS)).isEqualTo(3_000);
			assertThat(this.outcomes).allSatisfy((outcome) -> assertThat(outcome.attempts()).isOne());
		}
	}

	/**
	 * Prints a table with {@code -Ddbpool.http2.rounds=…}: calls of both protocols in
	 * turns.
	 */
	@Test
	@EnabledIfSystemProperty(named = "dbpool.http2.rounds", matches = "\\d+",
			disabledReason = "a comparison, which -Ddbpool.http2.rounds=5 prints")
	void theComparisonIsPrinted() throws Exception {
		int rounds = Integer.getInteger("dbpool.http2.rounds");
		try (Nginx nginx = start(Limits.USUAL)) {
			Map<Http2Mode, PooledClient> clients = new EnumMap<>(Http2Mode.class);
			for (Http2Mode mode : Http2Mode.values()) {
				clients.put(mode, client(nginx, (builder) -> connections(builder, 20).http2(mode)));
			}
			System.out
				.println("| callers | HTTP/1.1 calls/s | HTTP/2 calls/s | ratio | HTTP/1.1 p99 ms | HTTP/2 p99 ms |");
			System.out.println("|---|---|---|---|---|---|");
			for (int callers : new int[] { 1, 20, 100 }) {
				Map<Http2Mode, List<Load>> loads = new EnumMap<>(Http2Mode.class);
				for (int round = -2; round < rounds; round++) {
					for (Http2Mode mode : (round % 2 == 0) ? List.of(Http2Mode.AUTO, Http2Mode.OFF)
							: List.of(Http2Mode.OFF, Http2Mode.AUTO)) {
						Load load = Load.make(clients.get(mode), callers);
						if (round >= 0) {
							loads.computeIfAbsent(mode, (any) -> new ArrayList<>()).add(load);
						}
					}
				}
				List<Load> http2 = loads.get(Http2Mode.AUTO);
				List<Load> http1 = loads.get(Http2Mode.OFF);
				double ratio = median(IntStream.range(0, rounds)
					.mapToDouble((i) -> http2.get(i).perSecond() / http1.get(i).perSecond()));
				System.out.printf("| %d | %.0f | %.0f | %.2f | %.1f | %.1f |%n", callers,
						median(http1.stream().mapToDouble(Load::perSecond)),
						median(http2.stream().mapToDouble(Load::perSecond)), ratio,
						median(http1.stream().mapToDouble(Load::p99)), median(http2.stream().mapToDouble(Load::p99)));
			}
		}
	}

	private static double median(DoubleStream values) {
		double[] sorted = values.sorted().toArray();
		return sorted[sorted.length / 2];
	}

	/**
	 * What one round of calls has measured.
	 *
	 * @param perSecond calls per second
	 * @param p99 milliseconds that 99 % of the calls took at most
	 */
	private record Load(double perSecond, double p99) {

		private static final Duration LENGTH = Duration.ofMillis(1_200);

		static Load make(PooledClient client, int callers) {
			Queue<Long> nanos = new ConcurrentLinkedQueue<>();
			long begin = System.nanoTime();
			long end = begin + LENGTH.toNanos();
			Flux.range(0, callers).flatMap((caller) -> Mono.defer(() -> {
				long before = System.nanoTime();
				return client.from("cars")
					.select("*")
					.eq("id", caller + 1)
					.list(Car.class)
					.doOnNext((rows) -> nanos.add(System.nanoTime() - before));
			}).repeat(() -> System.nanoTime() < end).then(), callers).then().block();
			double seconds = (System.nanoTime() - begin) / 1e9;
			long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
			return new Load(sorted.length / seconds, sorted[sorted.length * 99 / 100] / 1e6);
		}

	}

}
