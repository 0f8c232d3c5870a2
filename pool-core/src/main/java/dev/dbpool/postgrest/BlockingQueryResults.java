package dev.dbpool.postgrest;

import dev.dbpool.postgrest.http.BlockingCalls;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;

/**
 * The results of whatever reads rows: the rows, a page of them, or how many there are,
 * for callers that may block.
 */
public sealed interface BlockingQueryResults extends BlockingRowResults permits BlockingSelect, BlockingRpcCall {

	/**
	 * The rows between offset and limit, and how many there are in all. An order makes
	 * sure that no row is on two pages. A page after the last row is empty.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the page
	 */
	default <T> Page<T> page(Class<T> type) {
		return page(ParameterizedTypeReference.forType(type), Count.EXACT);
	}

	/**
	 * The rows between offset and limit, and how many there are in all. An order makes
	 * sure that no row is on two pages. A page after the last row is empty.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @param count how all rows are counted
	 * @return the page
	 */
	default <T> Page<T> page(Class<T> type, Count count) {
		return page(ParameterizedTypeReference.forType(type), count);
	}

	/**
	 * The rows between offset and limit, and how many there are in all. An order makes
	 * sure that no row is on two pages. A page after the last row is empty.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @param count how all rows are counted
	 * @return the page
	 */
	default <T> Page<T> page(ParameterizedTypeReference<T> type, Count count) {
		return BlockingCalls.one(Call.of(this).page(type, count));
	}

	/**
	 * Counts the rows that the filters let pass, exactly, whatever the limit.
	 * @return the number of rows
	 */
	default long count() {
		return count(Count.EXACT);
	}

	/**
	 * Counts the rows that the filters let pass, whatever the limit.
	 * @param count how they are counted
	 * @return the number of rows
	 */
	default long count(Count count) {
		return BlockingCalls.one(Call.of(this).count(count));
	}

	/**
	 * Asks by HEAD, for the headers of the answer alone. An error has no words then:
	 * {@link #count()} returns more, at the same cost.
	 * @return the headers, such as {@code Content-Range}
	 */
	default HttpHeaders head() {
		return BlockingCalls.one(Call.of(this).head());
	}

}
