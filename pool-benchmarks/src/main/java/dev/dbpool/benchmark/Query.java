package dev.dbpool.benchmark;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A request for some rows: one by its primary key, or several from a key on, in order.
 *
 * @param rows how many
 */
record Query(int rows) {

	/** The number of rows that every client accepts in one answer of 256 kB. */
	static final int MOST_ROWS = 2_000;

	boolean isSingle() {
		return this.rows == 1;
	}

	/**
	 * Returns path and query with the variable {@code key}.
	 */
	String uri() {
		return "/items?select=" + Item.COLUMNS
				+ (isSingle() ? "&id=eq.{key}&order=id" : "&id=gte.{key}&order=id&limit=" + this.rows);
	}

	String title() {
		return isSingle() ? "1 row" : "%,d rows".formatted(this.rows);
	}

	int randomKey() {
		return ThreadLocalRandom.current().nextInt(1, Item.COUNT - this.rows + 2);
	}

	/**
	 * Returns whether these are the rows that belong to a key.
	 */
	boolean isAnswer(List<Item> items, int key) {
		if (items.size() != this.rows) {
			return false;
		}
		Item first = items.get(0);
		Item last = items.get(this.rows - 1);
		return first.id() == key && last.id() == key + this.rows - 1 && first.isAsWritten() && last.isAsWritten();
	}

}
