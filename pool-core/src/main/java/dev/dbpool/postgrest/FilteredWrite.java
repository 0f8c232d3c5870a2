package dev.dbpool.postgrest;

/**
 * Updates or deletes the rows that the filters let pass. Immutable: each step gives a new
 * builder.
 * <p>
 * Without a filter, and without {@link #all()}, each result throws an
 * {@link IllegalStateException} and sends nothing.
 */
public final class FilteredWrite extends FilteredWriteBuilder<FilteredWrite> implements WriteResults {

	FilteredWrite(Call call) {
		super(call);
	}

	@Override
	FilteredWrite next(Call call) {
		return new FilteredWrite(call);
	}

}
