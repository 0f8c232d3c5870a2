package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;

import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.PostgrestRequest;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.dao.EmptyResultDataAccessException;

/**
 * A call whose answer is read together with the number of rows. Immutable.
 */
final class CountedCall {

	private final Call call;

	private final Count count;

	CountedCall(Call call, Count count) {
		this.call = call;
		this.count = count;
	}

	<T> Mono<Counted<List<T>>> list(ParameterizedTypeReference<T> type) {
		if (!this.call.isWrite()) {
			return this.call.page(type, this.count).map((page) -> new Counted<>(page.rows(), page.total()));
		}
		return counted(counting().returningCountable("counted"), (answer) -> answer.list(type), List::size);
	}

	<T> Mono<Counted<T>> single(ParameterizedTypeReference<T> type) {
		return counted(counting().returningOne(), (answer) -> answer.row(type), (row) -> 1);
	}

	<T> Mono<Counted<Optional<T>>> maybeSingle(ParameterizedTypeReference<T> type) {
		if (this.call.isWrite()) {
			return single(type).map((row) -> new Counted<>(Optional.of(row.value()), row.count()))
				.onErrorResume(EmptyResultDataAccessException.class,
						(none) -> Mono.just(new Counted<>(Optional.empty(), 0)));
		}
		Call atMostTwo = this.call.atMostTwo();
		return atMostTwo.page(type, this.count).map((page) -> one(page, atMostTwo));
	}

	private static <T> Counted<Optional<T>> one(Page<T> page, Call call) {
		return new Counted<>(Optional.ofNullable(Answer.atMostOne(page.rows(), call.request())), page.total());
	}

	private Call counting() {
		return this.call.prefer(this.count.preference());
	}

	/**
	 * Reads the rows and their number. PostgREST plans no count of what a write affects;
	 * there, the write returns each row that it affected.
	 */
	private <R> Mono<Counted<R>> counted(PostgrestRequest request, Function<Answer, R> reader,
			ToLongFunction<R> returned) {
		return this.call.mono(request, (answer) -> {
			Optional<Long> total = answer.total();
			if (total.isEmpty() && !(this.count == Count.PLANNED && this.call.isWrite())) {
				throw answer.missingTotal();
			}
			R rows = reader.apply(answer);
			return new Counted<>(rows, total.orElseGet(() -> returned.applyAsLong(rows)));
		});
	}

}
