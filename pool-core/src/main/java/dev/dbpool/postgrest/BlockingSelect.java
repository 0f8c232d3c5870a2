package dev.dbpool.postgrest;

/**
 * Reads rows, for callers that may block. Immutable: each step gives a new builder, so
 * that a prefix can be shared.
 */
public final class BlockingSelect extends QueryBuilder<BlockingSelect> implements BlockingQueryResults {

	BlockingSelect(Call call) {
		super(call);
	}

	@Override
	BlockingSelect next(Call call) {
		return new BlockingSelect(call);
	}

}
