package dev.dbpool.transaction;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A value that an earlier operation of the same transaction will have returned. It stands
 * for that value in maps of columns or arguments, at any depth, in
 * {@link InsertStatement#with} and {@link UpdateStatement#set}, and in conditions.
 */
public final class Reference {

	private final TransactionStatement<?> source;

	private final @Nullable Integer row;

	private final @Nullable String column;

	Reference(TransactionStatement<?> source, @Nullable Integer row, @Nullable String column) {
		this.source = source;
		this.row = row;
		this.column = column;
	}

	Map<String, Object> placedAt(List<String> path, TransactionStatement<?> user) {
		requireEarlier(user);
		Map<String, Object> placed = new LinkedHashMap<>();
		placed.put("path", new ArrayList<>(path));
		placed.put("op", this.source.index());
		if (this.row != null) {
			placed.put("row", this.row);
		}
		if (this.column != null) {
			placed.put("column", this.column);
		}
		return placed;
	}

	private void requireEarlier(TransactionStatement<?> user) {
		if (!this.source.isOfSameTransactionAs(user)) {
			throw new IllegalArgumentException(
					user.describe() + " refers to an operation of another transaction: " + this);
		}
		if (this.source.index() >= user.index()) {
			throw new IllegalArgumentException(user.describe() + " refers to what does not run before it: " + this);
		}
		if (!this.source.returns(this.column)) {
			throw new IllegalArgumentException(user.describe() + " refers to what is not returned: " + this);
		}
	}

	/**
	 * Refuses to be written as a part of an object, where it would not be seen.
	 */
	@JsonValue
	Object notInsideObjects() {
		throw new IllegalStateException("A reference stands inside an object, where it is not seen: " + this
				+ ". Put it into a map, or use with(column, reference)");
	}

	@Override
	public String toString() {
		return ((this.column != null) ? "column '" + this.column + "'" : "value")
				+ ((this.row != null) ? " in row " + (this.row + 1) : " in all rows") + " of " + this.source.describe();
	}

}
