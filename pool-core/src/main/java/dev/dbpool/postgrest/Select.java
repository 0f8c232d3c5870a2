package dev.dbpool.postgrest;

/**
 * Reads rows. Immutable: each step gives a new builder, so that a prefix can be shared.
 */
public final class Select extends QueryBuilder<Select> implements QueryResults {

	Select(Call call) {
		super(call);
	}

	@Override
	Select next(Call call) {
		return new Select(call);
	}

}
