package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample of {@code README.md}.
 */
@Timeout(30)
class ReadmeTests {

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final DisposableServer server = HttpServer.create().host("127.0.0.1").port(0).route((routes) -> {
		routes.options("/**", (request, response) -> response.status(204).send());
		routes.get("/rest/v1/**", this::answer);
		routes.post("/rest/v1/**", this::answer);
	}).bindNow();

	private final PooledClient client = PooledClient
		.builder(URI.create("http://127.0.0.1:" + this.server.port()),
				ApiKeys.of("sb_publishable_made-up", "sb_secret_made-up"))
		.build();

	private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
		this.requests.add(request.method() + " " + request.uri());
		return response.header("Content-Type", "application/json")
			.header("Content-Range", "*/3")
			.sendString(Mono.just(request.method().name().equals("POST") ? "{\"id\":1}" : "[{\"id\":1}]"))
			.then();
	}

	@AfterEach
	void stop() {
		this.client.close(Duration.ZERO).block();
		this.server.disposeNow();
	}

	@Test
	void theSampleRuns() {
		PooledClient client = this.client;
		String jwt = "made.up.jwt";
		Map<String, Object> draft = Map.of("car_id", 1);

		Mono<List<Car>> cars = client.from("cars").select("*").eq("make", "VW").order("price").list(Car.class);
		Mono<Order> order = client.asUser(jwt)
			.named("POST /api/orders")
			.from("orders")
			.insert(draft)
			.single(Order.class);
		Flux<Event> events = client.from("events").select("*").stream(Event.class);
		List<Car> now = client.blocking().from("cars").select("*").list(Car.class);
		Mono<Long> users = client.asService().from("users").select("id").count();

		assertThat(now).hasSize(1);
		assertThat(cars.block()).hasSize(1);
		assertThat(order.block()).isNotNull();
		assertThat(events.collectList().block()).hasSize(1);
		assertThat(users.block()).isEqualTo(3);
		assertThat(this.requests).containsExactly("GET /rest/v1/cars?select=*",
				"GET /rest/v1/cars?select=*&make=eq.VW&order=price", "POST /rest/v1/orders",
				"GET /rest/v1/events?select=*", "GET /rest/v1/users?select=id&limit=0");
	}

	record Car(long id) {

	}

	record Order(long id) {

	}

	record Event(long id) {

	}

}
