package dev.dbpool.client;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;

import dev.dbpool.client.ClientTestSupport.Car;
import dev.dbpool.postgrest.Select;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What callers of a client do. A call that completes has checked its result.
 */
enum SoakCall {

	LIST_OF_ONE {

		@Override
		Publisher<?> run(SoakCaller caller) {
			int id = caller.upTo(CARS);
			return begin(caller).from("cars")
				.select()
				.eq("id", id)
				.list(Car.class)
				.doOnNext((rows) -> assertThat(rows).singleElement().extracting(Car::id).isEqualTo((long) id));
		}

	},
	LIST_OF_A_THOUSAND {

		@Override
		Publisher<?> run(SoakCaller caller) {
			int offset = caller.random().nextInt(CARS - ROWS);
			return thousand(begin(caller), offset).list(Car.class).doOnNext((rows) -> check(rows, offset));
		}

	},
	LISTS_CANCELLED_TOGETHER {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return Flux.range(0, 20)
				.flatMap((number) -> caller
					.cancelledAtRandom(thousand(begin(caller), number).limit(caller.upTo(ROWS)).list(Car.class))
					.onErrorComplete(DataAccessException.class), 20);
		}

	},
	BLOCKING_LIST {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return blocking(() -> {
				int offset = caller.random().nextInt(CARS - ROWS);
				check(begin(caller).blocking()
					.from("cars")
					.select()
					.order("id")
					.offset(offset)
					.limit(ROWS)
					.list(Car.class), offset);
			});
		}

	},
	BLOCKING_LIST_INTERRUPTED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller.cancelledAtRandom(
					blocking(() -> begin(caller).blocking().from("cars").select().limit(ROWS).list(Car.class)));
		}

	},
	SINGLE_CANCELLED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller
				.cancelledAtRandom(begin(caller).from("cars").select().eq("id", caller.upTo(CARS)).single(Car.class));
		}

	},
	COUNT {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return begin(caller).from("cars").select().count().doOnNext((count) -> assertThat(count).isEqualTo(CARS));
		}

	},
	STREAM_READ_SLOWLY {

		@Override
		Publisher<?> run(SoakCaller caller) {
			int offset = caller.random().nextInt(CARS - ROWS);
			return thousand(begin(caller), offset).stream(Car.class)
				.limitRate(50)
				.concatMap((row) -> (row.id() % 50 == 0) ? Mono.just(row).delayElement(Duration.ofMillis(2))
						: Mono.just(row), 1)
				.collectList()
				.doOnNext((rows) -> check(rows, offset));
		}

	},
	STREAM_CANCELLED_HALF_WAY {

		@Override
		Publisher<?> run(SoakCaller caller) {
			int count = caller.upTo(ROWS - 1);
			return thousand(begin(caller), 0).stream(Car.class)
				.take(count)
				.count()
				.doOnNext((taken) -> assertThat(taken).isEqualTo(count));
		}

	},
	STREAM_CANCELLED_AT_RANDOM {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller.cancelledAtRandom(thousand(begin(caller), 0).stream(Car.class)
				.concatMap((row) -> (row.id() % 100 == 0) ? Mono.just(row).delayElement(Duration.ofMillis(2))
						: Mono.just(row), 1));
		}

	},
	WRITE {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return begin(caller).from("members").upsert(member(caller)).execute();
		}

	},
	WRITE_CANCELLED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller.cancelledAtRandom(begin(caller).from("members").upsert(member(caller)).execute());
		}

	},
	TRANSACTION {

		@Override
		Publisher<?> run(SoakCaller caller) {
			String text = caller.text();
			return begin(caller).transaction((tx) -> {
				var sale = tx.from("sales").insert(Map.of("reference", "soak", "note", text));
				tx.from("sale_items").insert(Map.of("article", "a")).with("sale_id", sale.ref("id"));
			});
		}

	},
	EXCHANGE_UNREAD {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return exchange(caller).exchangeToMono((response) -> Mono.just(response.statusCode()));
		}

	},
	/**
	 * Spring passes the loss of the connection on as it is.
	 */
	EXCHANGE_RELEASED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return exchange(caller).exchangeToMono(ClientResponse::releaseBody).onErrorComplete(IOException.class);
		}

	},
	EXCHANGE_GIVEN_UP {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller.cancelledAtRandom(exchange(caller).exchangeToMono((response) -> Mono.never()));
		}

	},
	EXCHANGE_HALF_READ {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return buffers(caller).doOnNext(DataBufferUtils::release).take(caller.upTo(5));
		}

	},
	EXCHANGE_READ_SLOWLY {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return slowly(buffers(caller));
		}

	},
	EXCHANGE_CANCELLED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller.cancelledAtRandom(slowly(buffers(caller)));
		}

	},
	EXCHANGE_WITH_BODY {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller.beginExchange("POST /members")
				.webClient()
				.post()
				.uri("/members")
				.header("Prefer", "resolution=merge-duplicates")
				.bodyValue(member(caller))
				.retrieve()
				.toBodilessEntity();
		}

	},
	REST_CLIENT_LIST {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return blocking(() -> check(caller.beginExchange("GET /cars")
				.blocking()
				.restClient()
				.get()
				.uri(CARS_BY_ID)
				.retrieve()
				.body(CAR_LIST), 0));
		}

	},
	REST_CLIENT_INTERRUPTED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller.cancelledAtRandom(blocking(() -> caller.beginExchange("GET /cars")
				.blocking()
				.restClient()
				.get()
				.uri(CARS_BY_ID)
				.retrieve()
				.body(CAR_LIST)));
		}

	},
	REST_CLIENT_UNREAD {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return blocking(() -> caller.beginExchange("GET /cars")
				.blocking()
				.restClient()
				.get()
				.uri(CARS_BY_ID)
				.retrieve()
				.toBodilessEntity());
		}

	},
	REST_CLIENT_HALF_READ {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return blocking(() -> caller.beginExchange("GET /cars")
				.blocking()
				.restClient()
				.get()
				.uri(CARS_BY_ID)
				.exchange((request, response) -> {
					try (InputStream body = response.getBody()) {
						return body.readNBytes(caller.upTo(40_000)).length;
					}
				}));
		}

	},
	LEASE {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return leased(caller,
					(lease) -> lease.postgrest().from("cars").select().limit(ROWS).list(Car.class).repeat(1));
		}

	},
	LEASE_CANCELLED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return caller.cancelledAtRandom(
					leased(caller, (lease) -> lease.postgrest().from("cars").select().limit(ROWS).list(Car.class)));
		}

	},
	/**
	 * A statement that is cancelled while it runs closes the connection of its lease, so
	 * that those after it fail.
	 */
	LEASE_WITH_A_STATEMENT_CANCELLED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return leased(caller,
					(lease) -> Flux.range(0, 3)
						.concatMap((number) -> caller
							.cancelledAtRandom(lease.postgrest().from("cars").select().limit(ROWS).list(Car.class)))
						.onErrorComplete(DataAccessResourceFailureException.class));
		}

	},
	LEASE_HALF_READ {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return leased(caller,
					(lease) -> lease.webClient()
						.get()
						.uri(CARS_BY_ID)
						.retrieve()
						.bodyToFlux(DataBuffer.class)
						.doOnNext(DataBufferUtils::release)
						.take(2));
		}

	},
	BLOCKING_LEASE {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return blocking(() -> {
				try (ClientLease lease = begin(caller).blocking().lease(Lane.READ, name())) {
					check(lease.blockingPostgrest().from("cars").select().order("id").limit(ROWS).list(Car.class), 0);
					lease.blockingPostgrest().from("cars").select().count();
				}
			});
		}

	},
	BLOCKING_LEASE_WITH_A_STATEMENT_CANCELLED {

		@Override
		Publisher<?> run(SoakCaller caller) {
			return blocking(() -> {
				try (ClientLease lease = begin(caller).blocking().lease(Lane.READ, name())) {
					caller.cancelledAtRandom(lease.postgrest().from("cars").select().limit(ROWS).list(Car.class))
						.block();
				}
			});
		}

	};

	private static final int CARS = 5_000;

	private static final int ROWS = 1_000;

	private static final String CARS_BY_ID = "/cars?order=id&limit=1000";

	private static final ParameterizedTypeReference<List<Car>> CAR_LIST = new ParameterizedTypeReference<>() {
	};

	/**
	 * Subscribes to nothing yet, except that the names of the operations are counted.
	 */
	abstract Publisher<?> run(SoakCaller caller);

	PooledClient begin(SoakCaller caller) {
		return caller.begin(this);
	}

	<T> Mono<List<T>> leased(SoakCaller caller, Function<ClientLease, Publisher<T>> work) {
		return Flux.usingWhen(begin(caller).lease(Lane.READ, name()), work, (lease) -> Mono.fromRunnable(lease::close))
			.collectList();
	}

	private static Select thousand(PooledClient client, int offset) {
		return client.from("cars").select().order("id").offset(offset).limit(ROWS);
	}

	private static void check(List<Car> rows, int offset) {
		assertThat(rows).extracting(Car::id)
			.containsExactlyElementsOf(LongStream.rangeClosed(offset + 1, offset + ROWS).boxed().toList());
	}

	private static WebClient.RequestHeadersSpec<?> exchange(SoakCaller caller) {
		return caller.beginExchange("GET /cars").webClient().get().uri(CARS_BY_ID);
	}

	private static Flux<DataBuffer> buffers(SoakCaller caller) {
		return exchange(caller).retrieve().bodyToFlux(DataBuffer.class);
	}

	/**
	 * Releases each buffer before it waits, for a queue of Reactor may lose a buffer that
	 * arrives while it is cancelled.
	 */
	private static Flux<Integer> slowly(Flux<DataBuffer> buffers) {
		return buffers.map((buffer) -> {
			int count = buffer.readableByteCount();
			DataBufferUtils.release(buffer);
			return count;
		}).concatMap((count) -> Mono.just(count).delayElement(Duration.ofMillis(1)), 1);
	}

	private static Map<String, Object> member(SoakCaller caller) {
		return Map.of("email", caller.upTo(100) + "@example.org", "full_name", caller.text());
	}

	private static Mono<Void> blocking(Runnable call) {
		return Mono.<Void>fromRunnable(call).subscribeOn(Schedulers.boundedElastic());
	}

}
