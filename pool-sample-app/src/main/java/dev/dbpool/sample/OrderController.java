package dev.dbpool.sample;

import java.net.URI;

import dev.dbpool.postgrest.Direction;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * The orders of the signed-in user. That they are the user's own is not checked here: the
 * policies of the database see to it.
 */
@RestController
@RequestMapping("/api/orders")
final class OrderController {

	private final Callers callers;

	OrderController(Callers callers) {
		this.callers = callers;
	}

	@PostMapping
	Mono<ResponseEntity<Order>> place(@Valid @RequestBody OrderDraft draft,
			@RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
		return this.callers.signedIn(authorization)
			.named("POST /api/orders")
			.from("orders")
			.insert(draft.toRow())
			.select(Order.COLUMNS)
			.single(Order.class)
			.map((order) -> ResponseEntity.created(URI.create("/api/orders/" + order.id())).body(order));
	}

	@GetMapping
	Mono<Page<Order>> own(@Valid Paging paging,
			@RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
		return this.callers.signedIn(authorization)
			.read("GET /api/orders",
					(db) -> paging.read(db.from("orders")
						.select(Order.COLUMNS)
						.order("created_at", Direction.DESC)
						.order("id", Direction.DESC), Order.class));
	}

	@GetMapping("/{id}")
	Mono<Order> one(@PathVariable long id,
			@RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
		return this.callers.signedIn(authorization)
			.named("GET /api/orders/{id}")
			.from("orders")
			.select(Order.COLUMNS)
			.eq("id", id)
			.maybeSingle(Order.class)
			.switchIfEmpty(Mono
				.error(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "You have no order " + id + ".")));
	}

}
