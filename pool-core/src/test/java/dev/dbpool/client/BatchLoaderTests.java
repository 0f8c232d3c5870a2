package dev.dbpool.client;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Which requests are sent for the keys of many callers, and which caller gets which row.
 */
@Isolated("sets the schedulers of the JVM to virtual time")
class BatchLoaderTests {

	private static final ObjectReader KEYED = JsonMapper.builder()
		.build()
		.readerFor(new TypeReference<KeyedRow<Named>>() {
		});

	private final VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();

	private final ScriptedSource source = new ScriptedSource();

	private final List<BatchLoader<Named>> idle = new ArrayList<>();

	private int maxWaiting = 20_000;

	private BatchLoader<Named> loader = loader(100, 1);

	@BeforeEach
	void newLoader() {
		this.loader = loader(100, 1);
	}

	@AfterEach
	void resetTime() {
		VirtualTimeScheduler.reset();
	}

	@Test
	void aKeyThatIsRequestedAloneIsSentImmediatelyAndSingly() {
		CompletableFuture<String> row = load(7);
		assertThat(this.source.requests).containsExactly("7");
		this.source.answerRow("seven");
		assertThat(row).isCompletedWithValue("seven");
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void keysThatArriveWhileARequestIsInFlightAreSentTogetherWhenItEnds() {
		CompletableFuture<String> first = load(1);
		List<CompletableFuture<String>> rows = IntStream.rangeClosed(2, 5).mapToObj(this::load).toList();
		assertThat(this.source.requests).containsExactly("1");
		this.source.answerRow("one");
		assertThat(first).isCompletedWithValue("one");
		assertThat(this.source.requests).containsExactly("1", "[2, 3, 4, 5]");
		this.source.answerRows("5=five", "3=three", "2=two", "4=four");
		assertThat(rows).extracting((row) -> row.getNow("no row yet")).containsExactly("two", "three", "four", "five");
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void aKeyOfSeveralCallersIsSentOnce() {
		load(1);
		CompletableFuture<String> first = load(2);
		CompletableFuture<String> second = load(2);
		load(3);
		this.source.answerRow("one");
		assertThat(this.source.requests).containsExactly("1", "[2, 3]");
		this.source.answerRows("2=two", "3=three");
		assertThat(first.getNow(null)).isEqualTo("two");
		assertThat(second.getNow(null)).isEqualTo("two");
	}

	@Test
	void aKeyDoesNotJoinARequestThatWasSentBefore() {
		CompletableFuture<String> before = load(2);
		CompletableFuture<String> after = load(2);
		this.source.answerRow("old");
		assertThat(before).isCompletedWithValue("old");
		assertThat(after).isNotDone();
		this.source.answerRow("new");
		assertThat(after).isCompletedWithValue("new");
		assertThat(this.source.requests).containsExactly("2", "2");
	}

	@Test
	void aBatchHasAtMostTheMaximumOfKeys() {
		this.loader = loader(2, 1);
		IntStream.rangeClosed(1, 6).forEach(this::load);
		this.source.answerRow("one");
		this.source.answerRows("2=two", "3=three");
		this.source.answerRows("4=four", "5=five");
		this.source.answerRow("six");
		assertThat(this.source.requests).containsExactly("1", "[2, 3]", "[4, 5]", "6");
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void asManyBatchesAreInFlightAsAllowed() {
		this.loader = loader(100, 2);
		IntStream.rangeClosed(1, 4).forEach(this::load);
		assertThat(this.source.requests).containsExactly("1", "2");
		this.source.answerRow("one");
		assertThat(this.source.requests).containsExactly("1", "2", "[3, 4]");
	}

	@Test
	void keysWithoutARowAreEmptyWhenTheAnswerHasNoRows() {
		load(1);
		CompletableFuture<String> two = load(2);
		CompletableFuture<String> three = load(3);
		this.source.answerRow("one");
		this.source.answerRows();
		assertThat(two).isCompletedWithValue(null);
		assertThat(three).isCompletedWithValue(null);
	}

	@Test
	void keysThatATruncatedAnswerLacksAreSentAgain() {
		load(1);
		List<CompletableFuture<String>> rows = IntStream.rangeClosed(2, 5).mapToObj(this::load).toList();
		this.source.answerRow("one");
		this.source.answerRows("2=two", "3=three");
		this.source.answerRows("4=four");
		this.source.answerRow(null);
		assertThat(this.source.requests).containsExactly("1", "[2, 3, 4, 5]", "[4, 5]", "5");
		assertThat(rows).extracting((row) -> row.getNow("no row yet")).containsExactly("two", "three", "four", null);
	}

	@Test
	void aRowOfAnotherTextThanItsKeyIsReadSingly() {
		load("a");
		CompletableFuture<String> ada = load("ADA");
		CompletableFuture<String> bob = load("BOB");
		this.source.answerRow("a");
		this.source.answerRows("ada=Ada", "bob=Bob");
		this.source.answerRow("Ada");
		this.source.answerRow("Bob");
		assertThat(this.source.requests).containsExactly("a", "[ADA, BOB]", "ADA", "BOB");
		assertThat(ada.getNow(null)).isEqualTo("Ada");
		assertThat(bob.getNow(null)).isEqualTo("Bob");
	}

	@Test
	void aKeyOfSeveralRowsIsReadSingly() {
		load(1);
		CompletableFuture<String> two = load(2);
		CompletableFuture<String> three = load(3);
		this.source.answerRow("one");
		this.source.answerRows("2=two", "2=deux", "3=three");
		assertThat(three).isCompletedWithValue("three");
		assertThat(this.source.requests).containsExactly("1", "[2, 3]", "2");
		this.source.fail(new IllegalStateException("two rows"));
		assertThat(catchThrowable(() -> two.getNow(null))).hasRootCauseMessage("two rows");
	}

	@Test
	void aFailureThatOneKeyMayCauseReachesThatKeyOnly() {
		load(1);
		CompletableFuture<String> two = load(2);
		CompletableFuture<String> three = load(3);
		this.source.answerRow("one");
		this.source.fail(new IllegalArgumentException("3 is no key"));
		assertThat(this.source.requests).containsExactly("1", "[2, 3]", "2", "3");
		this.source.answerRow("two");
		this.source.fail(new IllegalArgumentException("3 is no key"));
		assertThat(two).isCompletedWithValue("two");
		assertThat(catchThrowable(() -> three.getNow(null))).hasRootCauseMessage("3 is no key");
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void aRequestThatCannotBeBuiltFailsItsKeysOnly() {
		this.source.refused = "bad";
		load("good");
		CompletableFuture<String> bad = load("bad");
		CompletableFuture<String> other = load("other");
		this.source.answerRow("good");
		assertThat(catchThrowable(() -> bad.getNow(null))).hasRootCauseMessage("bad is refused");
		this.source.answerRow("other");
		assertThat(other).isCompletedWithValue("other");
	}

	@Test
	void aFailureOfTheServerReachesAllCallersWithoutFurtherRequests() {
		load(1);
		CompletableFuture<String> two = load(2);
		CompletableFuture<String> three = load(3);
		this.source.answerRow("one");
		this.source.fail(new TransientDataAccessResourceException("server is down"));
		assertThat(catchThrowable(() -> two.getNow(null))).hasRootCauseMessage("server is down");
		assertThat(catchThrowable(() -> three.getNow(null))).hasRootCauseMessage("server is down");
		assertThat(this.source.requests).containsExactly("1", "[2, 3]");
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void aCancelledCallerDoesNotAffectOthersOfItsKey() {
		load(1);
		Disposable cancelled = this.loader.load(2).subscribe();
		CompletableFuture<String> other = load(2);
		cancelled.dispose();
		this.source.answerRow("one");
		this.source.answerRow("two");
		assertThat(other).isCompletedWithValue("two");
	}

	@Test
	void aKeyWhoseCallersHaveCancelledIsNotSent() {
		load(1);
		Disposable cancelled = this.loader.load(2).subscribe();
		load(3);
		cancelled.dispose();
		this.source.answerRow("one");
		assertThat(this.source.requests).containsExactly("1", "3");
	}

	@Test
	void aRequestIsCancelledWithItsLastCaller() {
		Disposable first = this.loader.load(1).subscribe();
		CompletableFuture<String> next = load(2);
		first.dispose();
		assertThat(this.source.cancelled).isEqualTo(1);
		assertThat(this.source.requests).containsExactly("1", "2");
		this.source.answerRow("two");
		assertThat(next).isCompletedWithValue("two");
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void eachCallerHasItsOwnDeadline() {
		load(1);
		CompletableFuture<String> early = load(2);
		this.time.advanceTimeBy(Duration.ofSeconds(4));
		CompletableFuture<String> late = load(3);
		this.time.advanceTimeBy(Duration.ofSeconds(6));
		assertThat(catchThrowable(() -> early.getNow(null))).hasCauseInstanceOf(QueryTimeoutException.class);
		assertThat(late).isNotDone();
		this.time.advanceTimeBy(Duration.ofSeconds(4));
		assertThat(catchThrowable(() -> late.getNow(null))).hasCauseInstanceOf(QueryTimeoutException.class);
	}

	@Test
	void aRequestWhoseCallersAreAllPastTheirDeadlineIsCancelled() {
		load(1);
		load(2);
		this.source.answerRow("one");
		this.time.advanceTimeBy(Duration.ofSeconds(10));
		assertThat(this.source.cancelled).isEqualTo(1);
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void deadlinesHoldAfterTheLoaderWasIdle() {
		load(1);
		load(2);
		this.source.answerRow("one");
		this.source.answerRow("two");
		load(3);
		CompletableFuture<String> four = load(4);
		this.time.advanceTimeBy(Duration.ofSeconds(10));
		assertThat(catchThrowable(() -> four.getNow(null))).hasCauseInstanceOf(QueryTimeoutException.class);
	}

	@Test
	void aRequestIsCancelledWhenThoseOfItsCallersThatStillWaitCancel() {
		load(1);
		CompletableFuture<String> two = load(2);
		Disposable three = this.loader.load(3).subscribe();
		this.source.answerRow("one");
		this.source.answerRows("2=two");
		assertThat(two).isCompletedWithValue("two");
		three.dispose();
		assertThat(this.source.answers).isEmpty();
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void aKeyWhoseCallersHaveCancelledIsNotReadSingly() {
		load(1);
		load(2);
		Disposable three = this.loader.load(3).subscribe();
		load(4);
		this.source.answerRow("one");
		three.dispose();
		this.source.fail(new IllegalArgumentException("one key is refused"));
		assertThat(this.source.requests).containsExactly("1", "[2, 3, 4]", "2", "4");
	}

	@Test
	void callersBeyondTheMaximumAreRejected() {
		this.maxWaiting = 2;
		this.loader = loader(100, 1);
		load(1);
		Disposable cancelled = this.loader.load(2).subscribe();
		CompletableFuture<String> same = load(2);
		assertThat(catchThrowable(() -> load(3).getNow(null))).hasRootCauseMessage("2 wait");
		cancelled.dispose();
		CompletableFuture<String> three = load(3);
		assertThat(catchThrowable(() -> load(2).getNow(null))).hasRootCauseMessage("2 wait");
		this.source.answerRow("one");
		CompletableFuture<String> four = load(4);
		this.source.answerRows("2=two", "3=three");
		assertThat(same).isCompletedWithValue("two");
		assertThat(three).isCompletedWithValue("three");
		this.source.answerRow("four");
		assertThat(four).isCompletedWithValue("four");
	}

	@Test
	void batchesThatFailWithinTheCallDoNotNest() {
		this.loader = loader(2, 1);
		load(0);
		List<CompletableFuture<String>> rows = IntStream.rangeClosed(1, 20_000).mapToObj(this::load).toList();
		this.source.failure = new TransientDataAccessResourceException("breaker is open");
		this.source.answerRow("zero");
		assertThat(rows).allSatisfy(
				(row) -> assertThat(catchThrowable(() -> row.getNow(null))).hasRootCauseMessage("breaker is open"));
	}

	@Test
	void aSubscriberThatThrowsDoesNotAffectOthers() {
		ThrowingSubscriber throwing = new ThrowingSubscriber();
		load(1);
		this.loader.load(2).subscribe(throwing);
		CompletableFuture<String> three = load(3);
		this.source.answerRow("one");
		CompletableFuture<String> four = load(4);
		this.source.answerRows("3=three", "2=two");
		assertThat(throwing.failure).isInstanceOf(StackOverflowError.class);
		assertThat(three).isCompletedWithValue("three");
		this.source.answerRow("four");
		assertThat(four).isCompletedWithValue("four");
	}

	@Test
	void aSubscriberThatThrowsOnFailureDoesNotAffectOthers() {
		load(1);
		this.loader.load(2).subscribe(new ThrowingSubscriber());
		CompletableFuture<String> three = load(3);
		this.source.answerRow("one");
		this.source.fail(new TransientDataAccessResourceException("server is down"));
		assertThat(catchThrowable(() -> three.getNow(null))).hasRootCauseMessage("server is down");
		assertThat(this.idle).containsExactly(this.loader);
	}

	@Test
	void keysOfWhichTextsMayDifferAreNotBatchable() {
		assertThat(List.of(1, 1L, "a", new BigInteger("7"), new UUID(1, 2))).allMatch(BatchLoader::isBatchable);
		assertThat(List.of(1.5, new BigDecimal("1.0"), true, LocalDate.EPOCH, List.of(1), "a".repeat(41)))
			.noneMatch(BatchLoader::isBatchable);
	}

	@Test
	void sizesAreChecked() {
		PooledClientBuilder builder = PooledClient.builder(URI.create("http://localhost:1"),
				ApiKeys.withoutAnonKey(null));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.maxBatchSize(1))
			.withMessage("maxBatchSize is 1. Set it to 2 to 500");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.maxBatchesInFlight(0))
			.withMessage("maxBatchesInFlight is 0. Set it to 1 or more");
	}

	private BatchLoader<Named> loader(int maxKeys, int maxInFlight) {
		return new BatchLoader<>(this.source, new Batching(true, maxKeys, maxInFlight), Duration.ofSeconds(10),
				this.maxWaiting, this.idle::add);
	}

	private CompletableFuture<String> load(Object id) {
		return this.loader.load(id).map(Named::name).toFuture();
	}

	/**
	 * Answers requests in the order in which they were sent.
	 */
	private static final class ScriptedSource implements BatchLoader.Source<Named> {

		private final List<String> requests = new ArrayList<>();

		private final List<Sinks.One<Object>> answers = new ArrayList<>();

		private String refused = "";

		private @Nullable RuntimeException failure;

		private int cancelled;

		@Override
		public Mono<Named> row(Object id) {
			return request(id).cast(Named.class);
		}

		@Override
		@SuppressWarnings("unchecked")
		public Mono<List<KeyedRow<Named>>> rows(List<Object> ids) {
			return request(ids).map((rows) -> (List<KeyedRow<Named>>) rows);
		}

		private Mono<Object> request(Object key) {
			if (key.equals(this.refused) || (key instanceof List<?> keys && keys.contains(this.refused))) {
				throw new IllegalArgumentException(this.refused + " is refused");
			}
			if (this.failure != null) {
				return Mono.error(this.failure);
			}
			this.requests.add(key.toString());
			Sinks.One<Object> answer = Sinks.one();
			this.answers.add(answer);
			return answer.asMono().doOnCancel(() -> {
				this.cancelled++;
				this.answers.remove(answer);
			});
		}

		void answerRow(@Nullable String row) {
			Sinks.One<Object> answer = this.answers.remove(0);
			if (row != null) {
				answer.tryEmitValue(new Named(row));
			}
			else {
				answer.tryEmitEmpty();
			}
		}

		void answerRows(String... rows) {
			List<KeyedRow<Named>> keyed = Stream.of(rows)
				.map((row) -> row.split("="))
				.<KeyedRow<Named>>map((row) -> KEYED.readValue("""
						{"id": "%s", "name": "%s"}""".formatted(row[0], row[1])))
				.toList();
			this.answers.remove(0).tryEmitValue(keyed);
		}

		void fail(Throwable failure) {
			this.answers.remove(0).tryEmitError(failure);
		}

		@Override
		public Optional<String> keyOf(KeyedRow<Named> row) {
			return row.text("id");
		}

		@Override
		public RuntimeException pastDeadline() {
			return new QueryTimeoutException("too late");
		}

		@Override
		public RuntimeException rejected(int waiting) {
			return new TransientDataAccessResourceException(waiting + " wait");
		}

	}

	private static final class ThrowingSubscriber implements CoreSubscriber<Named> {

		private @Nullable Throwable failure;

		@Override
		public void onSubscribe(Subscription subscription) {
			subscription.request(1);
		}

		@Override
		public void onNext(Named row) {
			throw new StackOverflowError();
		}

		@Override
		public void onError(Throwable failure) {
			this.failure = failure;
			throw new StackOverflowError();
		}

		@Override
		public void onComplete() {
		}

	}

	private record Named(String name) {

	}

}
