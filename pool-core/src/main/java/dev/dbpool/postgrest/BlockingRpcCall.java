package dev.dbpool.postgrest;

import java.util.Optional;

import dev.dbpool.postgrest.http.BlockingCalls;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Calls a function, for callers that may block. Immutable: each step gives a new builder.
 */
public final class BlockingRpcCall extends RpcBuilder<BlockingRpcCall> implements BlockingQueryResults {

	BlockingRpcCall(Call call) {
		super(call);
	}

	@Override
	BlockingRpcCall next(Call call) {
		return new BlockingRpcCall(call);
	}

	/**
	 * The value that the function returns: a scalar or a JSON object.
	 * @param <T> the type of the value
	 * @param type the type of the value
	 * @return the value, or empty when it is null
	 */
	public <T> Optional<T> value(Class<T> type) {
		return value(ParameterizedTypeReference.<T>forType(type));
	}

	/**
	 * The value that the function returns: a scalar or a JSON object.
	 * @param <T> the type of the value
	 * @param type the type of the value
	 * @return the value, or empty when it is null
	 */
	public <T> Optional<T> value(ParameterizedTypeReference<T> type) {
		return BlockingCalls.optional(call().value(type));
	}

	/**
	 * Calls the function, and returns no rows.
	 */
	public void execute() {
		BlockingCalls.done(call().execute());
	}

}
