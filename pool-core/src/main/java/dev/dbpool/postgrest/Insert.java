package dev.dbpool.postgrest;

/**
 * Adds rows. Immutable: each step gives a new builder.
 */
public final class Insert extends InsertBuilder<Insert> implements WriteResults {

	Insert(Call call) {
		super(call);
	}

	@Override
	Insert next(Call call) {
		return new Insert(call);
	}

}
