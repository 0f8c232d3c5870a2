package dev.dbpool.postgrest;

/**
 * Updates or deletes the rows that the filters let pass, for callers that may block.
 * Immutable: each step gives a new builder.
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
