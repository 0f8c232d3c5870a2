package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Reads rows, for callers that may block. Immutable: each step gives a new builder, so
 * that a prefix can be shared.
 */
public final class BlockingSelect extends QueryBuilder<BlockingSelect> implements BlockingRowResults {

	BlockingSelect(Call call) {
		super(call);
	}

	@Override
	BlockingSelect next(Call call) {
		return new BlockingSelect(call);
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
	 * Counts the rows that the filters let pass, exactly, whatever the limit.
	 * @return the number of rows
	 */
	public long count() {
		return Blocking.one(call().count());
	}

}
