package dev.dbpool.sample;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.dbpool.postgrest.Direction;
import dev.dbpool.postgrest.Select;

import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * The orders in which products can be listed. Each ends with the id, so that no product
 * is on two pages.
 */
enum ProductSort {

	NAME("name", Direction.ASC), CHEAPEST("price", Direction.ASC), DEAREST("price", Direction.DESC),
	NEWEST("id", Direction.DESC);

	private final String column;

	private final Direction direction;

	ProductSort(String column, Direction direction) {
		this.column = column;
		this.direction = direction;
	}

	/**
	 * Finds a sort by its name in lower case.
	 * @throws ResponseStatusException if there is none
	 */
	static ProductSort of(String name) {
		for (ProductSort sort : values()) {
			if (sort.id().equals(name)) {
				return sort;
			}
		}
		throw new ResponseStatusException(HttpStatus.BAD_REQUEST,
				"'sort' is one of " + Stream.of(values()).map(ProductSort::id).collect(Collectors.joining(", ")) + ".");
	}

	private String id() {
		return name().toLowerCase(Locale.ROOT);
	}

	Select applyTo(Select products) {
		Select ordered = products.order(this.column, this.direction);
		return this.column.equals("id") ? ordered : ordered.order("id");
	}

}
