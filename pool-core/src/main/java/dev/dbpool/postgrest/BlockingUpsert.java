package dev.dbpool.postgrest;

/**
 * Adds rows, or updates those that are there, for callers that may block. Immutable: each
 * step gives a new builder.
 */
public final class BlockingUpsert extends UpsertBuilder<BlockingUpsert> implements BlockingWriteResults {

	BlockingUpsert(Call call) {
		super(call);
	}

	@Override
	BlockingUpsert next(Call call) {
		return new BlockingUpsert(call);
	}

}
