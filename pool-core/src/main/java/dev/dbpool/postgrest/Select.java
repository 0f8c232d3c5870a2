package dev.dbpool.postgrest;

import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Reads rows. Immutable: each step gives a new builder, so that a prefix can be shared.
 */
public final class Select extends QueryBuilder<Select> implements RowResults {

	Select(Call call) {
		super(call);
	}

	@Override
	Select next(Call call) {
		return new Select(call);
	}

	@Override
	public <T> Mono<List<T>> list(ParameterizedTypeReference<T> type) {
		return call().list(type);
	}

	@Override
	public <T> Flux<T> stream(ParameterizedTypeReference<T> type) {
		return call().stream(type);
	}

	@Override
	public <T> Mono<T> single(ParameterizedTypeReference<T> type) {
		return call().single(type);
	}

	@Override
	public <T> Mono<T> maybeSingle(ParameterizedTypeReference<T> type) {
		return call().maybeSingle(type);
	}

	/**
	 * Counts the rows that the filters let pass, exactly, whatever the limit.
	 * @return the number of rows
	 */
	public Mono<Long> count() {
		return call().count();
	}

}
