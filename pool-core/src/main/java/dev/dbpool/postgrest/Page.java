package dev.dbpool.postgrest;

import java.util.List;

/**
 * A part of the rows, and how many there are in all.
 *
 * @param <T> the type of a row
 * @param rows the rows of the part, none when it begins after the last row
 * @param offset how many rows come before the part
 * @param total how many rows there are; an estimate if it was asked for as one
 */
public record Page<T>(List<T> rows, long offset, long total) {

	/**
	 * A page, with a copy of its rows.
	 * @param rows the rows of the part
	 * @param offset how many rows come before the part
	 * @param total how many rows there are
	 */
	public Page {
		rows = List.copyOf(rows);
	}

	/**
	 * Whether rows come after this page. As good as the count is: with an estimate, a
	 * next page may turn out to be empty.
	 * @return whether there is a next page
	 */
	public boolean hasNext() {
		return !this.rows.isEmpty() && nextOffset() < this.total;
	}

	/**
	 * Where the next page begins, for {@code offset} of the same query.
	 * @return how many rows come before the next page
	 */
	public long nextOffset() {
		return this.offset + this.rows.size();
	}

}
