package dev.dbpool.sample;

import java.math.BigDecimal;

import dev.dbpool.client.PooledClient;
import jakarta.validation.Valid;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Slow on purpose. The database cancels a query after 3 seconds; more queries at the same
 * time than there are connections wait for one.
 */
@RestController
final class SlowController {

	private final PooledClient client;

	SlowController(PooledClient client) {
		this.client = client;
	}

	@GetMapping("/api/slow")
	Mono<SlowQueries> slow(@Valid SlowQueries queries) {
		return Flux.range(0, queries.times())
			.flatMap((number) -> takeTime(queries.seconds()), queries.times())
			.then(Mono.just(queries));
	}

	private Mono<BigDecimal> takeTime(BigDecimal seconds) {
		return this.client.named("GET /api/slow")
			.rpc("take_time")
			.readOnly()
			.arg("seconds", seconds)
			.value(BigDecimal.class);
	}

	/**
	 * What is requested: by default one query that takes a second.
	 *
	 * @param seconds how long each query shall take
	 * @param times how many of them are sent at the same time
	 */
	record SlowQueries(@DecimalMin("0") @DecimalMax("5") BigDecimal seconds, @Min(1) @Max(100) Integer times) {

		SlowQueries(@Nullable BigDecimal seconds, @Nullable Integer times) {
			this.seconds = (seconds != null) ? seconds : BigDecimal.ONE;
			this.times = (times != null) ? times : 1;
		}

	}

}
