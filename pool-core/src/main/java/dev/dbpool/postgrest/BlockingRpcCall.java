package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Calls a function, for callers that may block. Immutable: each step gives a new builder.
 */
public final class BlockingRpcCall extends RpcBuilder<BlockingRpcCall> implements BlockingRowResults {

	BlockingRpcCall(Call call) {
		super(call);
	}

	@Override
	BlockingRpcCall next(Call call) {
		return new BlockingRpcCall(call);
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
		return Blocking.optional(call().value(type));
	}

	/**
	 * Calls the function, and returns no rows.
	 */
	public void execute() {
		Blocking.done(call().execute());
	}

}
