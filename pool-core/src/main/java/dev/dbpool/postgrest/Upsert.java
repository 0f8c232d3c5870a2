package dev.dbpool.postgrest;

/**
 * Adds rows, or updates those that are there. Immutable: each step gives a new builder.
 */
public final class Upsert extends UpsertBuilder<Upsert> implements WriteResults {

	Upsert(Call call) {
		super(call);
	}

	@Override
	Upsert next(Call call) {
		return new Upsert(call);
	}

}
