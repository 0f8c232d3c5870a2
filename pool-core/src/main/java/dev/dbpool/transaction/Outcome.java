package dev.dbpool.transaction;

import java.util.function.BiFunction;

/**
 * What a transaction is to return, read from its result. Each statement offers some, such
 * as {@link TransactionStatement#single}; a lambda serves as well:
 * {@code result -> result.count(updated)}.
 *
 * @param <T> the type of what is returned
 */
@FunctionalInterface
public interface Outcome<T> {

	/**
	 * Reads it.
	 * @param result the result of the transaction
	 * @return what is returned
	 */
	T from(TransactionResult result);

	/**
	 * Reads another as well.
	 * @param <U> the type of the other
	 * @param <R> the type of both together
	 * @param other the other
	 * @param combination puts them together
	 * @return both together
	 */
	default <U, R> Outcome<R> and(Outcome<U> other, BiFunction<? super T, ? super U, ? extends R> combination) {
		return (result) -> combination.apply(from(result), other.from(result));
	}

}
