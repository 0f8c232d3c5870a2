package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;

import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The results of a request with the number of rows, both from one answer. Nothing is sent
 * before subscription.
 * <p>
 * Of a read, and of the call of a function, the number is that of the rows that the
 * filters let pass, whatever the limit; of a write, that of the rows that it affected. An
 * update by a group of conditions returns other rows than it changes, and is refused by
 * an {@link IllegalStateException}: {@code executeAndCount()} counts it.
 */
public final class CountedResults {

	private final CountedCall call;

	CountedResults(Call call, Count count) {
		this.call = new CountedCall(call, count);
	}

	/**
	 * The rows, and their number.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	public <T> Mono<Counted<List<T>>> list(Class<T> type) {
		return list(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The rows, and their number.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	public <T> Mono<Counted<List<T>>> list(ParameterizedTypeReference<T> type) {
		return this.call.list(type);
	}

	/**
	 * The one row, as {@link RowResults#single(Class)} returns it, and the number of
	 * rows. With {@code limit(1)}, that is the first of them and the number of all.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	public <T> Mono<Counted<T>> single(Class<T> type) {
		return single(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row, as {@link RowResults#single(Class)} returns it, and the number of
	 * rows. With {@code limit(1)}, that is the first of them and the number of all.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	public <T> Mono<Counted<T>> single(ParameterizedTypeReference<T> type) {
		return this.call.single(type);
	}

	/**
	 * The one row or none, as {@link RowResults#maybeSingle(Class)} returns it, and the
	 * number of rows.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, if there is one
	 */
	public <T> Mono<Counted<Optional<T>>> maybeSingle(Class<T> type) {
		return maybeSingle(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row or none, as {@link RowResults#maybeSingle(Class)} returns it, and the
	 * number of rows.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, if there is one
	 */
	public <T> Mono<Counted<Optional<T>>> maybeSingle(ParameterizedTypeReference<T> type) {
		return this.call.maybeSingle(type);
	}

}
