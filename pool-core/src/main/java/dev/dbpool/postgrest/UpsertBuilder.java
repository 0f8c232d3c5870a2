package dev.dbpool.postgrest;

import java.util.List;

import dev.dbpool.postgrest.value.Names;

/**
 * The steps of adding rows or updating those that are there.
 *
 * @param <S> the type that each step returns
 */
abstract class UpsertBuilder<S extends UpsertBuilder<S>> extends InsertBuilder<S> {

	private static final String MERGE = "resolution=merge-duplicates";

	private static final String IGNORE = "resolution=ignore-duplicates";

	UpsertBuilder(Call call) {
		super(call);
	}

	static Call merging(Call call) {
		return call.prefer(MERGE);
	}

	/**
	 * Names the columns of the unique constraint by which rows are the same. Without, it
	 * is the primary key.
	 * @param columns the columns
	 * @return a new builder
	 * @throws IllegalArgumentException when none is named, or several in one argument
	 */
	public S onConflict(String... columns) {
		for (String column : columns) {
			ColumnPath.requireOne(column, "onConflict(\"a\", \"b\")");
		}
		String names = Names.columns(List.of(columns));
		return with((changed) -> changed.parameters = RequestSpec.replacing(changed.parameters,
				RequestSpec.Parameter.of("on_conflict", names)));
	}

	/**
	 * Leaves rows that are there as they are, and does not return them.
	 * @return a new builder
	 */
	public S ignoreDuplicates() {
		return with((changed) -> changed.preferences = changed.preferences.stream()
			.map((preference) -> preference.equals(MERGE) ? IGNORE : preference)
			.toList());
	}

}
