package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A part of the rows, and how many there are in all.
 *
 * @param <T> the type of a row
 * @param rows the rows of the part, none when it begins after the last row; those of a
 * set of scalars may be null
 * @param offset how many rows come before the part
 * @param total how many rows there are; an estimate if it was asked for as one
 * @param nextOffset where the next page begins, for {@code offset} of the same query: how
 * many rows come before it
 */
public record Page<T>(List<T> rows, long offset, long total, long nextOffset) {

	/**
	 * A page, with a copy of its rows.
	 * @param rows the rows of the part
	 * @param offset how many rows come before the part
	 * @param total how many rows there are
	 * @param nextOffset where the next page begins
	 */
	public Page {
		rows = Collections.unmodifiableList(new ArrayList<>(rows));
	}

	/**
	 * A page that is followed by the next one directly.
	 * @param rows the rows of the part
	 * @param offset how many rows come before the part
	 * @param total how many rows there are
	 */
	public Page(List<T> rows, long offset, long total) {
		this(rows, offset, total, offset + rows.size());
	}

	/**
	 * Whether rows come after this page. As good as the count is, which is an estimate
	 * for {@link Count#PLANNED} and {@link Count#ESTIMATED}: one that is too high
	 * promises a next page that is empty, one that is too low denies a next page that has
	 * rows. Who wants all rows by an estimate goes on to {@code nextOffset} until a page
	 * is empty.
	 * @return whether there is a next page
	 */
	public boolean hasNext() {
		return this.nextOffset > this.offset && this.nextOffset < this.total;
	}

}
