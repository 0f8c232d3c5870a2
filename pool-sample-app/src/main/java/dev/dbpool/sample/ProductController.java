package dev.dbpool.sample;

import dev.dbpool.postgrest.PostgrestOperations;
import dev.dbpool.postgrest.Select;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * Products, as far as the caller may see them.
 */
@RestController
@RequestMapping("/api/products")
final class ProductController {

	private final Callers callers;

	ProductController(Callers callers) {
		this.callers = callers;
	}

	@GetMapping
	Mono<Page<Product>> search(@Valid ProductFilter filter, @Valid Paging paging,
			@RequestParam(defaultValue = "name") String sort,
			@RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
		ProductSort order = ProductSort.of(sort);
		return this.callers.anyone(authorization)
			.read("GET /api/products", (db) -> paging.read(order.applyTo(filter.applyTo(products(db))), Product.class));
	}

	@GetMapping("/{id}")
	Mono<Product> one(@PathVariable long id,
			@RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
		return products(this.callers.anyone(authorization).named("GET /api/products/{id}")).eq("id", id)
			.maybeSingle(Product.class)
			.switchIfEmpty(Mono
				.error(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no product " + id + ".")));
	}

	/**
	 * Writes all matching products, each as it arrives. The connection is leased until
	 * the caller has read the last one.
	 */
	@GetMapping(path = "/export", produces = MediaType.APPLICATION_NDJSON_VALUE)
	Flux<Product> export(@Valid ProductFilter filter,
			@RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
		Select products = products(this.callers.anyone(authorization).named("GET /api/products/export"));
		return filter.applyTo(products).order("id").stream(Product.class);
	}

	private static Select products(PostgrestOperations db) {
		return db.from("products").select(Product.COLUMNS);
	}

}
