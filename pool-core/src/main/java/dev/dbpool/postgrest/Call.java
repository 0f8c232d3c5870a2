package dev.dbpool.postgrest;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * A request in the making and what will send it: the end of every builder, from which its
 * results are read. Immutable.
 */
final class Call {

	static final String JSON = "application/json";

	private static final String OBJECT = "application/vnd.pgrst.object+json";

	private static final String WITHOUT_NULLS = ";nulls=stripped";

	private final PostgrestExchange exchange;

	private final RequestSpec spec;

	Call(PostgrestExchange exchange, RequestSpec spec) {
		this.exchange = exchange;
		this.spec = spec;
	}

	/**
	 * The call of a builder, each of which is a {@link RequestBuilder}.
	 */
	static Call of(RowResults builder) {
		return ((RequestBuilder<?>) builder).call();
	}

	/**
	 * The call of a blocking builder, each of which is a {@link RequestBuilder}.
	 */
	static Call of(BlockingRowResults builder) {
		return ((RequestBuilder<?>) builder).call();
	}

	/**
	 * The request for a list of rows.
	 */
	PostgrestRequest request() {
		return returning(array());
	}

	Call with(Consumer<RequestSpec> change) {
		return new Call(this.exchange, this.spec.with(change));
	}

	Call prefer(String preference) {
		return with((changed) -> {
			if (!changed.preferences.contains(preference)) {
				changed.preferences = RequestSpec.plus(changed.preferences, preference);
			}
		});
	}

	/**
	 * Adds a preference, in place of another value of it.
	 */
	Call preferOnly(String preference) {
		String name = preference.substring(0, preference.indexOf('=') + 1);
		return with(
				(changed) -> changed.preferences = RequestSpec.plus(without(name, changed.preferences), preference));
	}

	private static List<String> without(String name, List<String> preferences) {
		return preferences.stream().filter((preference) -> !preference.startsWith(name)).toList();
	}

	<T> Mono<List<T>> list(ParameterizedTypeReference<T> type) {
		return list(returning(array()), type);
	}

	private <T> Mono<List<T>> list(PostgrestRequest request, ParameterizedTypeReference<T> type) {
		return mono(request, (answer) -> answer.list(type));
	}

	<T> Flux<T> stream(ParameterizedTypeReference<T> type) {
		return this.exchange.flux(returning(array()), (answer) -> answer.elements(type));
	}

	<T> Mono<T> single(ParameterizedTypeReference<T> type) {
		return mono(returningOne(), (answer) -> answer.row(type));
	}

	PostgrestRequest returningOne() {
		this.spec.requireCountOfWrittenRows("single and maybeSingle");
		return returning(object());
	}

	/**
	 * The request for all rows, where the server counts those that it returns.
	 */
	PostgrestRequest returningCountable(String what) {
		this.spec.requireCountOfWrittenRows(what);
		return returning(array());
	}

	/**
	 * Whether this writes rows of a table, rather than calls a function.
	 */
	boolean isWrite() {
		return !this.spec.isSafe() && !this.spec.isCall();
	}

	/**
	 * A read asks for two rows at most and counts them; a write lets PostgREST count,
	 * since it undoes what affected more than one row. It would undo a function that
	 * returns no row as well, so these are counted here.
	 */
	<T> Mono<T> maybeSingle(ParameterizedTypeReference<T> type) {
		if (isWrite()) {
			return single(type).onErrorResume(EmptyResultDataAccessException.class, (none) -> Mono.empty());
		}
		PostgrestRequest request = atMostTwo().returning(array());
		return list(request, type).mapNotNull((rows) -> Answer.atMostOne(rows, request));
	}

	/**
	 * Enough rows to see whether there are several. A function by POST has done its work
	 * whatever is read of it.
	 */
	Call atMostTwo() {
		return (this.spec.rows.limit() != null || !this.spec.isSafe()) ? this
				: with((changed) -> changed.rows = changed.rows.limit(2));
	}

	<T> Mono<T> value(ParameterizedTypeReference<T> type) {
		return mono(returning(array()), (answer) -> answer.value(type));
	}

	<T> Mono<Page<T>> page(ParameterizedTypeReference<T> type, Count count) {
		long offset = (this.spec.rows.offset() != null) ? this.spec.rows.offset() : 0;
		PostgrestRequest request = prefer(count.preference()).returning(array());
		return mono(request, (answer) -> {
			long total = answer.total().orElseThrow(answer::missingTotal);
			return new Page<>(answer.list(type), offset, total);
		}).onErrorResume(DataAccessException.class,
				(failure) -> Mono.justOrEmpty(Answer.totalBefore(failure))
					.flatMap((total) -> (count == Count.EXACT || !request.isSafe())
							? Mono.just(new Page<>(List.<T>of(), offset, total)) : pageBeyond(type, offset, total))
					.switchIfEmpty(Mono.error(failure)));
	}

	/**
	 * PostgREST refuses a page that begins after the last row by the estimate, though
	 * there may be rows.
	 */
	private <T> Mono<Page<T>> pageBeyond(ParameterizedTypeReference<T> type, long offset, long estimate) {
		return list(returning(array()), type)
			.map((rows) -> new Page<>(rows, offset, Math.max(estimate, offset + rows.size())));
	}

	Mono<Void> execute() {
		PostgrestRequest request = with((changed) -> changed.select = null).prefer("return=minimal").request(JSON);
		return mono(request, (answer) -> {
			answer.requireNothing();
			return null;
		});
	}

	Mono<Long> executeAndCount(Count count) {
		if (count == Count.PLANNED) {
			throw new IllegalArgumentException("PostgREST has no plan for the number of rows that " + this.spec.method
					+ " " + this.spec.path + " affects: count by EXACT, which costs a write nothing");
		}
		PostgrestRequest request = with((changed) -> changed.select = null).prefer("return=minimal")
			.prefer(count.preference())
			.request(JSON);
		return mono(request, Answer::requiredTotal);
	}

	/**
	 * Asks for no row, so that an error still has a body, unlike that of a HEAD request.
	 */
	Mono<Long> count(Count count) {
		Call counting = with((changed) -> changed.rows = changed.rows.unordered().part(0L, null))
			.prefer(count.preference());
		PostgrestRequest request = counting.request(JSON);
		return mono(request, Answer::requiredTotal);
	}

	Mono<HttpHeaders> head() {
		PostgrestRequest request = with((changed) -> changed.method = HttpMethod.HEAD).request(array());
		return mono(request, Answer::headers);
	}

	Mono<String> csv() {
		return mono(returning("text/csv"), (answer) -> answer.text("CSV"));
	}

	Mono<String> rawJson() {
		return mono(returning(array()), (answer) -> answer.text("JSON"));
	}

	Mono<JsonNode> json() {
		return mono(returning(array()), (answer) -> answer.json("JSON"));
	}

	Mono<JsonNode> geoJson() {
		return mono(returning("application/geo+json"), (answer) -> answer.json("JSON"));
	}

	Mono<String> explain(ExplainOption... options) {
		return explain(array(), options);
	}

	Mono<String> explainSingle(ExplainOption... options) {
		return explain(object(), options);
	}

	private Mono<String> explain(String shape, ExplainOption... options) {
		return mono(plan("text", shape, options), (answer) -> answer.text("plan"));
	}

	Mono<JsonNode> explainJson(ExplainOption... options) {
		return explainJson(array(), options);
	}

	Mono<JsonNode> explainSingleJson(ExplainOption... options) {
		return explainJson(object(), options);
	}

	private Mono<JsonNode> explainJson(String shape, ExplainOption... options) {
		return mono(plan("json", shape, options), (answer) -> answer.json("plan"));
	}

	/**
	 * PostgREST confirms no preference where it answers with a plan, and limits nothing
	 * there.
	 */
	private PostgrestRequest plan(String format, String shape, ExplainOption... options) {
		if (this.spec.limitsAffectedRows() && List.of(options).contains(ExplainOption.ANALYZE)) {
			throw new IllegalStateException("explain(ANALYZE) makes the write, and PostgREST does not limit it by"
					+ " maxAffected there: explain it without ANALYZE, or with rollback() in place of maxAffected");
		}
		return returning("application/vnd.pgrst.plan+" + format + "; for=\"" + shape + "\"; options="
				+ ExplainOption.parameter(options) + ";");
	}

	<T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
		return this.exchange.mono(request, reader);
	}

	private String object() {
		return this.spec.withoutNulls ? OBJECT + WITHOUT_NULLS : OBJECT;
	}

	private String array() {
		return this.spec.withoutNulls ? "application/vnd.pgrst.array+json" + WITHOUT_NULLS : JSON;
	}

	private PostgrestRequest returning(String accept) {
		if (this.spec.limitsAffectedRows()) {
			this.spec.requireCountOfWrittenRows("maxAffected with rows as its result");
		}
		return (this.spec.isSafe() ? this : prefer("return=representation")).request(accept);
	}

	private PostgrestRequest request(String accept) {
		return this.spec.toRequest(accept);
	}

	/**
	 * The request without its values.
	 */
	@Override
	public String toString() {
		return this.spec.method + " " + this.spec.path;
	}

}
