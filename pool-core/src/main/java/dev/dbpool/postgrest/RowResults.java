package dev.dbpool.postgrest;

import java.util.List;

import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.value.Row;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The rows that a request returns, in the shape that the caller wants them. Nothing is
 * sent before subscription; each subscription sends the request once.
 * <p>
 * Rows are read by the JSON codec of the {@code WebClient}, as records, beans, maps,
 * scalars, or {@link Row}. No number loses a digit, in maps neither: there, numbers with
 * a fraction are decimals. A {@code byte[]} is read from a {@code bytea}, a
 * {@code Duration} from an {@code interval}. Failures are
 * {@link org.springframework.dao.DataAccessException}s with a {@link PostgrestException}
 * as cause.
 */
public sealed interface RowResults permits QueryResults, WriteResults {

	/**
	 * The rows: all of them, but no more than the server's {@code db-max-rows}, which
	 * cuts the rest off without a word. It is 1,000 on Supabase. Go through more by
	 * {@code order}, {@code offset} and {@code limit}.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows, an empty list when there are none
	 */
	default <T> Mono<List<T>> list(Class<T> type) {
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
	default <T> Mono<List<T>> list(ParameterizedTypeReference<T> type) {
		return Call.of(this).list(type);
	}

	/**
	 * The rows one by one, each read as it arrives; no more than the server's
	 * {@code db-max-rows}, as those of {@code list}.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows
	 */
	default <T> Flux<T> stream(Class<T> type) {
		return stream(ParameterizedTypeReference.forType(type));
	}

	/**
	 * The rows one by one, each read as it arrives; no more than the server's
	 * {@code db-max-rows}, as those of {@code list}.
	 * @param <T> the type of a row
	 * @param type the type of a row
	 * @return the rows
	 */
	default <T> Flux<T> stream(ParameterizedTypeReference<T> type) {
		return Call.of(this).stream(type);
	}

	/**
	 * The one row. When there is none or more than one, the result is an
	 * {@link org.springframework.dao.IncorrectResultSizeDataAccessException}, and a write
	 * has been undone by the server, which counts the rows that it returns. An update by
	 * a group of conditions returns other rows than it changes, and is refused by an
	 * {@link IllegalStateException}.
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
	 * has been undone by the server, which counts the rows that it returns. An update by
	 * a group of conditions returns other rows than it changes, and is refused by an
	 * {@link IllegalStateException}.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row
	 */
	default <T> Mono<T> single(ParameterizedTypeReference<T> type) {
		return Call.of(this).single(type);
	}

	/**
	 * The one row, or none. When there is more than one, the result is an
	 * {@link org.springframework.dao.IncorrectResultSizeDataAccessException}, and a write
	 * has been undone by the server, which counts the rows that it returns. An update by
	 * a group of conditions returns other rows than it changes, and is refused by an
	 * {@link IllegalStateException}. What a function did is not undone, whatever it
	 * returns.
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
	 * has been undone by the server, which counts the rows that it returns. An update by
	 * a group of conditions returns other rows than it changes, and is refused by an
	 * {@link IllegalStateException}. What a function did is not undone, whatever it
	 * returns.
	 * @param <T> the type of the row
	 * @param type the type of the row
	 * @return the row, or empty
	 */
	default <T> Mono<T> maybeSingle(ParameterizedTypeReference<T> type) {
		return Call.of(this).maybeSingle(type);
	}

	/**
	 * The same results with the number of rows, counted exactly:
	 * {@code insert(rows).counted().list(Row.class)}.
	 * @return the results with their number
	 */
	default CountedResults counted() {
		return counted(Count.EXACT);
	}

	/**
	 * The same results with the number of rows:
	 * {@code select().limit(1).counted(Count.PLANNED).single(Row.class)}.
	 * @param count how rows are counted; PostgREST has no plan for what a write affects,
	 * so that the number is that of the returned rows then
	 * @return the results with their number
	 */
	default CountedResults counted(Count count) {
		return new CountedResults(Call.of(this), count);
	}

	/**
	 * All rows as a JSON tree, exact: numbers with a fraction are decimals.
	 * @return the tree, an array
	 */
	default Mono<JsonNode> json() {
		return Call.of(this).json();
	}

	/**
	 * All rows as the JSON text that the server sent.
	 * @return the text, an array
	 */
	default Mono<String> rawJson() {
		return Call.of(this).rawJson();
	}

	/**
	 * All rows as CSV, with a line of names before them.
	 * @return the text
	 */
	default Mono<String> csv() {
		return Call.of(this).csv();
	}

	/**
	 * All rows as a GeoJSON {@code FeatureCollection}. Needs PostGIS, and a column of its
	 * type.
	 * @return the collection
	 */
	default Mono<JsonNode> geoJson() {
		return Call.of(this).geoJson();
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
	default Mono<String> explain(ExplainOption... options) {
		return Call.of(this).explain(options);
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
	default Mono<JsonNode> explainJson(ExplainOption... options) {
		return Call.of(this).explainJson(options);
	}

	/**
	 * The plan of the statement that {@code single} sends, as PostgreSQL's EXPLAIN writes
	 * it; see {@link #explain}.
	 * @param options what to show
	 * @return the plan
	 */
	default Mono<String> explainSingle(ExplainOption... options) {
		return Call.of(this).explainSingle(options);
	}

	/**
	 * The plan of the statement that {@code single} sends, as a JSON tree; see
	 * {@link #explainJson}.
	 * @param options what to show
	 * @return the plan
	 */
	default Mono<JsonNode> explainSingleJson(ExplainOption... options) {
		return Call.of(this).explainSingleJson(options);
	}

}
