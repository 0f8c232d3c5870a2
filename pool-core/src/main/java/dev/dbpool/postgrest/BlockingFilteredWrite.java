package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Updates or deletes the rows that the filters let pass, for callers that may block.
 * Immutable: each step gives a new builder.
 * <p>
 * Without a filter, and without {@link #all()}, each result throws an
 * {@link IllegalStateException} and sends nothing.
 */
public final class BlockingFilteredWrite extends FilteredWriteBuilder<BlockingFilteredWrite>
		implements BlockingRowResults {

	BlockingFilteredWrite(Call call) {
		super(call);
	}

	@Override
	BlockingFilteredWrite next(Call call) {
		return new BlockingFilteredWrite(call);
	}

	@Override
	public <T> List<T> list(ParameterizedTypeReference<T> type) {
		return Blocking.one(restricted().list(type));
	}

	@Override
	public <T> Stream<T> stream(ParameterizedTypeReference<T> type) {
		return Blocking.stream(restricted().stream(type));
	}

	@Override
	public <T> T single(ParameterizedTypeReference<T> type) {
		return Blocking.one(restricted().single(type));
	}

	@Override
	public <T> Optional<T> maybeSingle(ParameterizedTypeReference<T> type) {
		return Blocking.optional(restricted().maybeSingle(type));
	}

	/**
	 * Updates or deletes the rows, and returns no rows.
	 */
	public void execute() {
		Blocking.done(restricted().execute());
	}

}
