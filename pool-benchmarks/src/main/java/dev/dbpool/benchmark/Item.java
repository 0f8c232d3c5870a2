package dev.dbpool.benchmark;

import java.math.BigDecimal;

import org.jspecify.annotations.Nullable;

/**
 * A row of the table that all clients read.
 */
record Item(long id, String name, int category, BigDecimal price, int stock, @Nullable String note) {

	static final String COLUMNS = "id,name,category,price,stock,note";

	static final int COUNT = 10_000;

	static final int PER_CATEGORY = 100;

	/**
	 * Returns whether a row has the values that {@code items.sql} gave to its id.
	 */
	boolean isAsWritten() {
		return this.name.equals("Item number " + this.id) && this.category == (this.id - 1) / PER_CATEGORY
				&& this.price.compareTo(BigDecimal.valueOf(this.id * 37 % 100_000, 2)) == 0
				&& this.stock == this.id * 7 % 250
				&& ((this.id % 3 == 0) ? this.note == null : ("In stock since week " + this.id % 52).equals(this.note));
	}

}
