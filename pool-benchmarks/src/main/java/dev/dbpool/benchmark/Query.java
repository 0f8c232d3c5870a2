package dev.dbpool.benchmark;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a request asks for.
 */
enum Query {

	/** One row by its primary key. */
	ROW("1 row", "id", Item.COUNT) {

		@Override
		boolean isAnswer(List<Item> items, int key) {
			return items.size() == 1 && items.get(0).id() == key && items.get(0).isAsWritten();
		}

	},

	/** All rows of a category, in order. */
	PAGE("100 rows", "category", Item.COUNT / Item.PER_CATEGORY) {

		@Override
		boolean isAnswer(List<Item> items, int key) {
			int last = items.size() - 1;
			return items.size() == Item.PER_CATEGORY && items.get(0).category() == key && items.get(0).isAsWritten()
					&& items.get(last).isAsWritten() && items.get(last).id() - items.get(0).id() == last;
		}

	};

	private final String title;

	private final String column;

	private final int keys;

	Query(String title, String column, int keys) {
		this.title = title;
		this.column = column;
		this.keys = keys;
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT);
	}

	String title() {
		return this.title;
	}

	/**
	 * Returns the column that is compared with a key.
	 */
	String column() {
		return this.column;
	}

	int randomKey() {
		return ThreadLocalRandom.current().nextInt(1, this.keys);
	}

	/**
	 * Returns whether these are the rows that belong to a key.
	 */
	abstract boolean isAnswer(List<Item> items, int key);

}
