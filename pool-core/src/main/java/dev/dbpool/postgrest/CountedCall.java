package dev.dbpool.postgrest;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;

import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.web.reactive.function.client.ClientResponse;

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
		ResolvableType rowType = ResolvableType.forType(type);
		PostgrestRequest request = counting().returningCountable("counted");
		return counted(request, (response) -> JsonBody.<T>list(request, response, rowType), List::size);
	}

	<T> Mono<Counted<T>> single(ParameterizedTypeReference<T> type) {
		ResolvableType rowType = ResolvableType.forType(type);
		PostgrestRequest request = counting().returningOne();
		return counted(request, (response) -> JsonBody.<T>row(request, response, rowType), (row) -> 1);
	}

	<T> Mono<Counted<Optional<T>>> maybeSingle(ParameterizedTypeReference<T> type) {
		if (this.call.isWrite()) {
			return single(type).map((row) -> new Counted<>(Optional.of(row.value()), row.count()))
				.onErrorResume(EmptyResultDataAccessException.class,
						(none) -> Mono.just(new Counted<>(Optional.empty(), 0)));
		}
		Call atMostTwo = this.call.atMostTwo();
		return atMostTwo.page(type, this.count).flatMap((page) -> one(page, atMostTwo));
	}

	private static <T> Mono<Counted<Optional<T>>> one(Page<T> page, Call call) {
		return Call.atMostOne(page.rows(), call.request())
			.map((row) -> new Counted<>(Optional.of(row), page.total()))
			.defaultIfEmpty(new Counted<>(Optional.empty(), page.total()));
	}

	private Call counting() {
		return this.call.prefer(this.count.preference());
	}

	/**
	 * Reads the rows and their number. PostgREST plans no count of what a write affects;
	 * there, the write returns each row that it affected.
	 */
	private <R> Mono<Counted<R>> counted(PostgrestRequest request, Function<ClientResponse, Mono<R>> reader,
			ToLongFunction<R> returned) {
		return this.call.mono(request, (response) -> {
			Optional<Long> total = ContentRange.total(response);
			if (total.isEmpty() && !(this.count == Count.PLANNED && this.call.isWrite())) {
				return ContentRange.missing(request, response);
			}
			return reader.apply(response)
				.map((rows) -> new Counted<>(rows, total.orElseGet(() -> returned.applyAsLong(rows))));
		});
	}

}
