package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Adds rows, for callers that may block. Immutable: each step gives a new builder.
 */
public final class BlockingInsert extends InsertBuilder<BlockingInsert> implements BlockingRowResults {

	BlockingInsert(Call call) {
		super(call);
	}

	@Override
	BlockingInsert next(Call call) {
		return new BlockingInsert(call);
	}

	@Override
	public <T> List<T> list(ParameterizedTypeReference<T> type) {
		return Blocking.one(call().list(type));
	}

	@Override
	public <T> Stream<T> stream(ParameterizedTypeReference<T> type) {
		return Blocking.stream(call().stream(type));
	}

	@Override
	public <T> T single(ParameterizedTypeReference<T> type) {
		return Blocking.one(call().single(type));
	}

	@Override
	public <T> Optional<T> maybeSingle(ParameterizedTypeReference<T> type) {
		return Blocking.optional(call().maybeSingle(type));
	}

	/**
	 * Adds the rows, and returns no rows.
	 */
	public void execute() {
		Blocking.done(call().execute());
	}

}
