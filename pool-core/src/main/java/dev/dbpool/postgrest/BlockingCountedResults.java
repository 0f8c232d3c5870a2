package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;

import dev.dbpool.postgrest.http.BlockingCalls;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The results of a request with the number of rows, both from one answer, for callers
 * that may block.
 * <p>
 * Of a read, and of the call of a function, the number is that of the rows that the
 * filters let pass, whatever the limit; of a write, that of the rows that it affected. An
 * update by a group of conditions returns other rows than it changes, and is refused by
 * an {@link IllegalStateException}: {@code executeAndCount()} counts it.
 */
public final class BlockingCountedResults {

	private final CountedCall call;

	BlockingCountedResults(Call call, Count count) {
		this.call = new CountedCall(call, count);
	}

	/**
	 * The rows, and their number.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	public <T> Counted<List<T>> list(Class<T> type) {
		return list(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The rows, and their number.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	public <T> Counted<List<T>> list(ParameterizedTypeReference<T> type) {
		return BlockingCalls.one(this.call.list(type));
	}

	/**
	 * The one row, as {@link BlockingRowResults#single(Class)} returns it, and the number
	 * of rows. With {@code limit(1)}, that is the first of them and the number of all.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	public <T> Counted<T> single(Class<T> type) {
		return single(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row, as {@link BlockingRowResults#single(Class)} returns it, and the number
	 * of rows. With {@code limit(1)}, that is the first of them and the number of all.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	public <T> Counted<T> single(ParameterizedTypeReference<T> type) {
		return BlockingCalls.one(this.call.single(type));
	}

	/**
	 * The one row or none, as {@link BlockingRowResults#maybeSingle(Class)} returns it,
	 * and the number of rows.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, if there is one
	 */
	public <T> Counted<Optional<T>> maybeSingle(Class<T> type) {
		return maybeSingle(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row or none, as {@link BlockingRowResults#maybeSingle(Class)} returns it,
	 * and the number of rows.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, if there is one
	 */
	public <T> Counted<Optional<T>> maybeSingle(ParameterizedTypeReference<T> type) {
		return BlockingCalls.one(this.call.maybeSingle(type));
	}

}
