package dev.dbpool.benchmark;

import java.math.BigDecimal;
import java.util.Objects;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

/**
 * A row of the table that all clients read.
 */
public record Item(long id, String name, int category, BigDecimal price, int stock, @Nullable String note) {

	static final String COLUMNS = "id,name,category,price,stock,note";

	static final int COUNT = 10_000;

	private static final Item[] WRITTEN = IntStream.rangeClosed(1, COUNT).mapToObj(Item::written).toArray(Item[]::new);

	private static Item written(int id) {
		return new Item(id, "Item number " + id, (id - 1) / 100, BigDecimal.valueOf(id * 37 % 100_000, 2), id * 7 % 250,
				(id % 3 == 0) ? null : "In stock since week " + id % 52);
	}

	/**
	 * Returns whether a row has the values that {@code items.sql} gave to its id. Costs
	 * next to nothing, since this counts as processor time and memory of the client.
	 */
	boolean isAsWritten() {
		Item written = WRITTEN[(int) this.id - 1];
		return this.name.equals(written.name) && this.category == written.category && this.price.equals(written.price)
				&& this.stock == written.stock && Objects.equals(this.note, written.note);
	}

}
