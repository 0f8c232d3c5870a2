package dev.dbpool.postgrest;

import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Calls a function. Immutable: each step gives a new builder.
 */
public final class RpcCall extends RpcBuilder<RpcCall> implements QueryResults {

	RpcCall(Call call) {
		super(call);
	}

	@Override
	RpcCall next(Call call) {
		return new RpcCall(call);
	}

	/**
	 * The value that the function returns: a scalar or a JSON object.
	 * @param <T> the type of the value
	 * @param type the type of the value
	 * @return the value, or empty when it is null
	 */
	public <T> Mono<T> value(Class<T> type) {
		return value(ParameterizedTypeReference.<T>forType(type));
	}

	/**
	 * The value that the function returns: a scalar or a JSON object.
	 * @param <T> the type of the value
	 * @param type the type of the value
	 * @return the value, or empty when it is null
	 */
	public <T> Mono<T> value(ParameterizedTypeReference<T> type) {
		return call().value(type);
	}

	/**
	 * Calls the function, and returns no rows.
	 * @return completes when it is done
	 */
	public Mono<Void> execute() {
		return call().execute();
	}

}
