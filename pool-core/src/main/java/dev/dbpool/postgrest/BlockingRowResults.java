package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.http.BlockingCalls;
import tools.jackson.databind.JsonNode;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The rows that a request returns, for callers that may block.
 * <p>
 * Each method sends the request and waits for its answer. It throws an
 * {@link IllegalStateException}, and sends nothing, on a thread that must not block.
 * Failures are {@link org.springframework.dao.DataAccessException}s with a
 * {@link PostgrestException} as cause.
 */
public sealed interface BlockingRowResults permits BlockingQueryResults, BlockingWriteResults {

	/**
	 * The rows: all of them, but no more than the server's {@code db-max-rows}, which
	 * cuts the rest off without a word. It is 1,000 on Supabase. Go through more by
	 * {@code order}, {@code offset} and {@code limit}.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	default <T> List<T> list(Class<T> type) {
		return list(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The rows: all of them, but no more than the server's {@code db-max-rows}, which
	 * cuts the rest off without a word. It is 1,000 on Supabase. Go through more by
	 * {@code order}, {@code offset} and {@code limit}.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	default <T> List<T> list(ParameterizedTypeReference<T> type) {
		return BlockingCalls.one(Call.of(this).list(type));
	}

	/**
	 * The rows one by one, each read as it arrives; no more than the server's
	 * {@code db-max-rows}, as those of {@code list}.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, to be closed; closing early ends the request
	 */
	default <T> Stream<T> stream(Class<T> type) {
		return stream(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The rows one by one, each read as it arrives; no more than the server's
	 * {@code db-max-rows}, as those of {@code list}.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, to be closed; closing early ends the request
	 */
	default <T> Stream<T> stream(ParameterizedTypeReference<T> type) {
		return BlockingCalls.stream(Call.of(this).stream(type));
	}

	/**
	 * The one row.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 * @throws org.springframework.dao.IncorrectResultSizeDataAccessException when there
	 * is none or more than one; a write has been undone by the server, which counts the
	 * rows that it returns
	 * @throws IllegalStateException for an update by a group of conditions, which returns
	 * other rows than it changes
	 */
	default <T> T single(Class<T> type) {
		return single(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 * @throws org.springframework.dao.IncorrectResultSizeDataAccessException when there
	 * is none or more than one; a write has been undone by the server, which counts the
	 * rows that it returns
	 * @throws IllegalStateException for an update by a group of conditions, which returns
	 * other rows than it changes
	 */
	default <T> T single(ParameterizedTypeReference<T> type) {
		return BlockingCalls.one(Call.of(this).single(type));
	}

	/**
	 * The one row, or none.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, or empty
	 * @throws org.springframework.dao.IncorrectResultSizeDataAccessException when there
	 * is more than one; a write has been undone by the server, which counts the rows that
	 * it returns, but not what a function did
	 * @throws IllegalStateException for an update by a group of conditions, which returns
	 * other rows than it changes
	 */
	default <T> Optional<T> maybeSingle(Class<T> type) {
		return maybeSingle(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The one row, or none.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, or empty
	 * @throws org.springframework.dao.IncorrectResultSizeDataAccessException when there
	 * is more than one; a write has been undone by the server, which counts the rows that
	 * it returns, but not what a function did
	 * @throws IllegalStateException for an update by a group of conditions, which returns
	 * other rows than it changes
	 */
	default <T> Optional<T> maybeSingle(ParameterizedTypeReference<T> type) {
		return BlockingCalls.optional(Call.of(this).maybeSingle(type));
	}

	/**
	 * The same results with the number of rows, counted exactly:
	 * {@code insert(rows).counted().list(Row.class)}.
	 * @return the results with their number
	 */
	default BlockingCountedResults counted() {
		return counted(Count.EXACT);
	}

	/**
	 * The same results with the number of rows:
	 * {@code select().limit(1).counted(Count.PLANNED).single(Row.class)}.
	 * @param count how rows are counted; PostgREST has no plan for what a write affects,
	 * so that the number is that of the returned rows then
	 * @return the results with their number
	 */
	default BlockingCountedResults counted(Count count) {
		return new BlockingCountedResults(Call.of(this), count);
	}

	/**
	 * All rows as a JSON tree, exact: numbers with a fraction are decimals.
	 * @return the tree, an array
	 */
	default JsonNode json() {
		return BlockingCalls.one(Call.of(this).json());
	}

	/**
	 * All rows as the JSON text that the server sent.
	 * @return the text, an array
	 */
	default String rawJson() {
		return BlockingCalls.one(Call.of(this).rawJson());
	}

	/**
	 * All rows as CSV, with a line of names before them.
	 * @return the text
	 */
	default String csv() {
		return BlockingCalls.one(Call.of(this).csv());
	}

	/**
	 * All rows as a GeoJSON {@code FeatureCollection}. Needs PostGIS, and a column of its
	 * type.
	 * @return the collection
	 */
	default JsonNode geoJson() {
		return BlockingCalls.one(Call.of(this).geoJson());
	}

	/**
	 * The plan of the statement as PostgreSQL's EXPLAIN writes it, instead of its result.
	 * Needs {@code db-plan-enabled} on the server. A write is not made, unless
	 * {@link ExplainOption#ANALYZE} is among the options; whether {@code rollback()} was
	 * heeded is not reported then, and {@code maxAffected} is refused by an
	 * {@link IllegalStateException}.
	 * @param options what to include
	 * @return the plan
	 */
	default String explain(ExplainOption... options) {
		return BlockingCalls.one(Call.of(this).explain(options));
	}

	/**
	 * The plan of the statement as a JSON tree, instead of its result. Needs
	 * {@code db-plan-enabled} on the server. A write is not made, unless
	 * {@link ExplainOption#ANALYZE} is among the options; whether {@code rollback()} was
	 * heeded is not reported then, and {@code maxAffected} is refused by an
	 * {@link IllegalStateException}.
	 * @param options what to include
	 * @return the plan
	 */
	default JsonNode explainJson(ExplainOption... options) {
		return BlockingCalls.one(Call.of(this).explainJson(options));
	}

	/**
	 * The plan of the statement that {@code single} sends, as PostgreSQL's EXPLAIN writes
	 * it; see {@link #explain}.
	 * @param options what to show
	 * @return the plan
	 */
	default String explainSingle(ExplainOption... options) {
		return BlockingCalls.one(Call.of(this).explainSingle(options));
	}

	/**
	 * The plan of the statement that {@code single} sends, as a JSON tree; see
	 * {@link #explainJson}.
	 * @param options what to show
	 * @return the plan
	 */
	default JsonNode explainSingleJson(ExplainOption... options) {
		return BlockingCalls.one(Call.of(this).explainSingleJson(options));
	}

}
