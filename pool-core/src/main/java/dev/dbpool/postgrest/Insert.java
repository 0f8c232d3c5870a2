package dev.dbpool.postgrest;

import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Adds rows. Immutable: each step gives a new builder.
 */
public final class Insert extends InsertBuilder<Insert> implements RowResults {

	Insert(Call call) {
		super(call);
	}

	@Override
	Insert next(Call call) {
		return new Insert(call);
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
	 * Adds the rows, and returns no rows.
	 * @return completes when it is done
	 */
	public Mono<Void> execute() {
		return call().execute();
	}

}
