package dev.dbpool.postgrest;

import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The rows that a request returns, in the shape that the caller wants them. Nothing is
 * sent before subscription; each subscription sends the request once.
 * <p>
 * Rows are read by the JSON codec of the {@code WebClient}, as records, beans, scalars,
 * or {@link Row}. Failures are {@link org.springframework.dao.DataAccessException}s with
 * a {@link PostgrestException} as cause.
 */
public interface RowResults {

	/**
	 * All rows.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	default <T> Mono<List<T>> list(Class<T> type) {
		return list(ParameterizedTypeReference.forType(type));
	}

	/**
	 * All rows.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	<T> Mono<List<T>> list(ParameterizedTypeReference<T> type);

	/**
	 * The rows one by one, each read as it arrives.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows
	 */
	default <T> Flux<T> stream(Class<T> type) {
		return stream(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The rows one by one, each read as it arrives.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows
	 */
	<T> Flux<T> stream(ParameterizedTypeReference<T> type);

	/**
	 * The one row. When there is none or more than one, the result is an
	 * {@link org.springframework.dao.IncorrectResultSizeDataAccessException}, and a write
	 * has been undone by the server.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	default <T> Mono<T> single(Class<T> type) {
		return single(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row. When there is none or more than one, the result is an
	 * {@link org.springframework.dao.IncorrectResultSizeDataAccessException}, and a write
	 * has been undone by the server.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	<T> Mono<T> single(ParameterizedTypeReference<T> type);

	/**
	 * The one row, or none. When there is more than one, the result is an
	 * {@link org.springframework.dao.IncorrectResultSizeDataAccessException}, and a write
	 * has been undone by the server.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, or empty
	 */
	default <T> Mono<T> maybeSingle(Class<T> type) {
		return maybeSingle(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row, or none. When there is more than one, the result is an
	 * {@link org.springframework.dao.IncorrectResultSizeDataAccessException}, and a write
	 * has been undone by the server.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, or empty
	 */
	<T> Mono<T> maybeSingle(ParameterizedTypeReference<T> type);

}
