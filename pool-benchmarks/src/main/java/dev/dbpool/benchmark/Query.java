package dev.dbpool.benchmark;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A request for some rows: one by its primary key, or several from a key on, in order.
 *
 * @param rows how many
 */
public record Query(int rows) {

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

	/**
	 * Returns a key from which on there are as many rows.
	 * @return the key
	 */
	public int randomKey() {
		return ThreadLocalRandom.current().nextInt(1, Item.COUNT - this.rows + 2);
	}

	/**
	 * Returns whether these are the rows that belong to a key.
	 * @param items what was answered
	 * @param key the key that was sent
	 * @return whether they are
	 */
	public boolean isAnswer(List<Item> items, int key) {
		if (items.size() != this.rows) {
			return false;
		}
		Item first = items.get(0);
		Item last = items.get(this.rows - 1);
		return first.id() == key && last.id() == key + this.rows - 1 && first.isAsWritten() && last.isAsWritten();
	}

	/**
	 * Reads a number of rows.
	 */
	public static final class RowCount implements ITypeConverter<Query> {

		@Override
		public Query convert(String value) {
			int rows = new Options.Count().convert(value);
			if (rows > Query.MOST_ROWS) {
				throw new TypeConversionException("'" + value + "' is more than an answer of the default limit of "
						+ "WebClient, 256 kB, can hold: use 1 to " + Query.MOST_ROWS);
			}
			return new Query(rows);
		}

	}

}
