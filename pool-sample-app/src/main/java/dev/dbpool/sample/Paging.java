package dev.dbpool.sample;

import dev.dbpool.postgrest.Select;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Which page is requested: by default the first 20 items.
 */
record Paging(@Min(0) @Max(100_000) @Nullable Integer page, @Min(1) @Max(100) @Nullable Integer size) {

	private static final int DEFAULT_SIZE = 20;

	/**
	 * Reads the page, and how many rows there are in all, one after the other.
	 */
	<T> Mono<Page<T>> read(Select ordered, Class<T> type) {
		int number = (this.page != null) ? this.page : 0;
		int items = (this.size != null) ? this.size : DEFAULT_SIZE;
		return ordered.offset((long) number * items)
			.limit(items)
			.list(type)
			.flatMap((rows) -> ordered.count().map((total) -> new Page<>(rows, number, items, total)));
	}

}
