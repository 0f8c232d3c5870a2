package dev.dbpool.postgrest;

import reactor.core.publisher.Mono;

/**
 * The results of whatever writes rows: the rows as they are afterwards, their number, or
 * nothing.
 */
public sealed interface WriteResults extends RowResults permits Insert, Upsert, FilteredWrite {

	/**
	 * Makes the write, and returns no rows.
	 * @return completes when it is done
	 */
	default Mono<Void> execute() {
		return Call.of(this).execute();
	}

	/**
	 * Makes the write, and counts the rows that it affected.
	 * @return the number of rows
	 */
	default Mono<Long> executeAndCount() {
		return Call.of(this).executeAndCount(Count.EXACT);
	}

	/**
	 * Makes the write, and counts the rows that it affected.
	 * @param count how they are counted. {@code ESTIMATED} is exact for a write;
	 * {@code PLANNED} is refused, since PostgREST has no plan for what a write affects
	 * @return the number of rows
	 * @throws IllegalArgumentException for {@link Count#PLANNED}
	 */
	default Mono<Long> executeAndCount(Count count) {
		return Call.of(this).executeAndCount(count);
	}

}
