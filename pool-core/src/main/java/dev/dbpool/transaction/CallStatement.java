package dev.dbpool.transaction;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Calls a function of an exposed schema. Its result is its rows: one for a function that
 * returns a single value, none for one that returns nothing.
 */
public final class CallStatement extends TransactionStatement<CallStatement> {

	private final Map<String, @Nullable Object> arguments = new LinkedHashMap<>();

	CallStatement(Batch batch, String function, @Nullable String schema) {
		super(batch, "rpc", "function", function, schema);
		put("args", this.arguments);
	}

	@Override
	CallStatement self() {
		return this;
	}

	/**
	 * Adds an argument.
	 * @param name its name
	 * @param value its value, or a {@link Reference}
	 * @return this statement
	 */
	public CallStatement arg(String name, @Nullable Object value) {
		this.arguments.put(Values.requireText(name, "argument"), value);
		return put("args", this.arguments);
	}

	/**
	 * Adds arguments.
	 * @param arguments names and values
	 * @return this statement
	 */
	public CallStatement args(Map<String, ? extends @Nullable Object> arguments) {
		arguments.forEach(this::arg);
		return this;
	}

	/**
	 * Refers to the value that the function returns.
	 * @return the reference, for later operations of the same transaction
	 */
	public Reference ref() {
		return new Reference(this, 0, null);
	}

}
