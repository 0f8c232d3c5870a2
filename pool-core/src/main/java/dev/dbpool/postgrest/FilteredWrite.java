package dev.dbpool.postgrest;

import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Updates or deletes the rows that the filters let pass. Immutable: each step gives a new
 * builder.
 * <p>
 * Without a filter, and without {@link #all()}, each result throws an
 * {@link IllegalStateException} and sends nothing.
 */
public final class FilteredWrite extends FilteredWriteBuilder<FilteredWrite> implements RowResults {

	FilteredWrite(Call call) {
		super(call);
	}

	@Override
	FilteredWrite next(Call call) {
		return new FilteredWrite(call);
	}

	@Override
	public <T> Mono<List<T>> list(ParameterizedTypeReference<T> type) {
		return restricted().list(type);
	}

	@Override
	public <T> Flux<T> stream(ParameterizedTypeReference<T> type) {
		return restricted().stream(type);
	}

	@Override
	public <T> Mono<T> single(ParameterizedTypeReference<T> type) {
		return restricted().single(type);
	}

	@Override
	public <T> Mono<T> maybeSingle(ParameterizedTypeReference<T> type) {
		return restricted().maybeSingle(type);
	}

	/**
	 * Updates or deletes the rows, and returns no rows.
	 * @return completes when it is done
	 */
	public Mono<Void> execute() {
		return restricted().execute();
	}

}
