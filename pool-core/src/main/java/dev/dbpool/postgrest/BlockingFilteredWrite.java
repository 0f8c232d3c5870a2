package dev.dbpool.postgrest;

/**
 * Updates or deletes the rows that the filters let pass, for callers that may block.
 * Immutable: each step gives a new builder.
 * <p>
 * PostgREST applies a group of conditions ({@code or}, or {@code not} of several) to the
 * rows that are returned, too: an update that changes a column of the group does not
 * return what it changed, and a column of the group must be among those that are
 * selected. Count such a write ({@code executeAndCount}), or ask by single conditions.
 * <p>
 * Without a filter, and without {@link #all()}, each result throws an
 * {@link IllegalStateException} and sends nothing.
 */
public final class BlockingFilteredWrite extends FilteredWriteBuilder<BlockingFilteredWrite>
		implements BlockingWriteResults {

	BlockingFilteredWrite(Call call) {
		super(call);
	}

	@Override
	BlockingFilteredWrite next(Call call) {
		return new BlockingFilteredWrite(call);
	}

}
