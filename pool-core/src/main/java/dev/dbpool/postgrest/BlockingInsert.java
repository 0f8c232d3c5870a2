package dev.dbpool.postgrest;

/**
 * Adds rows, for callers that may block. Immutable: each step gives a new builder.
 */
public final class BlockingInsert extends InsertBuilder<BlockingInsert> implements BlockingWriteResults {

	BlockingInsert(Call call) {
		super(call);
	}

	@Override
	BlockingInsert next(Call call) {
		return new BlockingInsert(call);
	}

}
