package dev.dbpool.postgrest;

import dev.dbpool.postgrest.http.BlockingCalls;

/**
 * The results of whatever writes rows: the rows as they are afterwards, their number, or
 * nothing; for callers that may block.
 */
public sealed interface BlockingWriteResults extends BlockingRowResults
		permits BlockingInsert, BlockingUpsert, BlockingFilteredWrite {

	/**
	 * Makes the write, and returns no rows.
	 */
	default void execute() {
		BlockingCalls.done(Call.of(this).execute());
	}

	/**
	 * Makes the write, and counts the rows that it affected.
	 * @return the number of rows
	 */
	default long executeAndCount() {
		return BlockingCalls.one(Call.of(this).executeAndCount(Count.EXACT));
	}

	/**
	 * Makes the write, and counts the rows that it affected.
	 * @param count how they are counted. {@code ESTIMATED} is exact for a write;
	 * {@code PLANNED} is refused, since PostgREST has no plan for what a write affects
	 * @return the number of rows
	 * @throws IllegalArgumentException for {@link Count#PLANNED}
	 */
	default long executeAndCount(Count count) {
		return BlockingCalls.one(Call.of(this).executeAndCount(count));
	}

}
