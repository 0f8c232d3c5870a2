package dev.dbpool.client;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import dev.dbpool.client.CuttingProxy.Cut;
import dev.dbpool.client.CuttingProxy.Point;
import dev.dbpool.transaction.TransactionOutcomeUnknownException;
import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionScope;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Transactions over connections that are cut at random points: before, in the midst of
 * and after requests and answers. Each transaction is applied once. The system property
 * {@code dbpool.transactions} says how many there are.
 */
@Tag("proof")
class ExactlyOnceIntegrationTests extends TransactionTestSupport {

	private static final int TRANSACTIONS = Integer.getInteger("dbpool.transactions", 100);

	private static final int CONNECTIONS = 8;

	private static final int MAX_CHUNKS = 4;

	@Test
	void eachTransactionIsAppliedOnceWhereverItsConnectionsAreCut() {
		try (CuttingProxy proxy = new CuttingProxy(server().url(), atRandom())) {
			PooledClient client = client(proxy.url(),
					(builder) -> connections(builder, CONNECTIONS).interceptor(new RetryingInterceptor()));
			AtomicInteger replayed = new AtomicInteger();
			List<Long> answered = Flux.range(0, TRANSACTIONS)
				.flatMap((number) -> client.transaction((tx) -> placeSale(tx, "exactly-" + number)), CONNECTIONS)
				.doOnNext((result) -> replayed.addAndGet(result.replayed() ? 1 : 0))
				.map((result) -> result.rows(0, Sale.class).get(0).id())
				.collectList()
				.block(Duration.ofMinutes(30));
			long attempts = this.outcomes.stream().mapToLong(OperationOutcome::attempts).sum();
			long rows = number("select count(*) from sales where reference like 'exactly-%'");
			long references = number("select count(distinct reference) from sales where reference like 'exactly-%'");
			long items = number("select count(*) from sale_items i join sales s on s.id = i.sale_id"
					+ " where s.reference like 'exactly-%'");
			System.out.printf(
					"exactly once: %d transactions, %d attempts, connections cut: %s; %d answers replayed; "
							+ "%d rows for %d references, %d of %d items%n",
					TRANSACTIONS, attempts, proxy.made(), replayed.get(), rows, references, items, 2 * TRANSACTIONS);
			assertThat(rows).isEqualTo(TRANSACTIONS);
			assertThat(references).isEqualTo(TRANSACTIONS);
			assertThat(items).isEqualTo(2L * TRANSACTIONS);
			assertThat(answered).hasSize(TRANSACTIONS).doesNotHaveDuplicates();
			assertThat(proxy.made().keySet()).contains(Point.values());
			assertThat(replayed.get()).isPositive();
		}
	}

	@Test
	void withoutAKeyTheSameRepetitionsWouldApplySomeTwice() {
		int transactions = TRANSACTIONS / 3;
		try (CuttingProxy proxy = new CuttingProxy(server().url(), atRandom())) {
			PooledClient client = client(proxy.url(), (builder) -> connections(builder, CONNECTIONS));
			Flux.range(0, transactions).flatMap((number) -> client.transaction((tx) -> {
				tx.withoutIdempotencyKey();
				placeSale(tx, "control-" + number);
			}).retry(100), CONNECTIONS).blockLast(Duration.ofMinutes(30));
			long rows = number("select count(*) from sales where reference like 'control-%'");
			System.out.printf("control without a key, repeated blindly: %d transactions gave %d rows%n", transactions,
					rows);
			assertThat(rows).isGreaterThan(transactions);
		}
	}

	@Test
	void aLostAnswerWithoutRetriesReportsTheKey() {
		try (CuttingProxy proxy = new CuttingProxy(server().url(), () -> new Cut(Point.BEFORE_ANSWER, 2, 0))) {
			PooledClient client = client(proxy.url(), (builder) -> connections(builder, 1));
			Mono<TransactionResult> transaction = client.transaction((tx) -> placeSale(tx, "lost"));
			TransactionOutcomeUnknownException unknown = catchThrowableOfType(TransactionOutcomeUnknownException.class,
					transaction::block);
			assertThat(unknown).hasMessageContaining(unknown.idempotencyKey());
			TransactionResult found = client(server().url(), (builder) -> builder).transaction((tx) -> {
				tx.idempotencyKey(unknown.idempotencyKey());
				placeSale(tx, "lost");
			}).block();
			assertThat(found.replayed()).isTrue();
			assertThat(sales("lost")).isEqualTo(1);
		}
	}

	@ParameterizedTest
	@EnumSource
	void aLostAnswerReportsTheKeyHoweverTheOperationEnds(Ending ending) {
		try (CuttingProxy proxy = new CuttingProxy(server().url(), () -> new Cut(Point.BEFORE_ANSWER, 2, 0))) {
			String reference = "ends by " + ending;
			PooledClient client = client(proxy.url(),
					(builder) -> connections(builder, 1)
						.lane(Lane.WRITE, (options) -> options.minConnections(1).acquireTimeout(Duration.ofSeconds(1)))
						.interceptor(new EndingInterceptor(ending, proxy)));
			Awaitility.await().until(() -> client.pool(Lane.WRITE).snapshot().idle() == 1);
			TransactionOutcomeUnknownException unknown = catchThrowableOfType(TransactionOutcomeUnknownException.class,
					() -> client.within(Duration.ofSeconds(3))
						.transaction((tx) -> placeSale(tx, reference))
						.block(PATIENCE));
			assertThat(unknown).isNotNull();
			assertThat(OperationFailure.in(unknown)).hasValueSatisfying(
					(failure) -> assertThat(failure.attempts()).isEqualTo((ending == Ending.SERVER_DOWN) ? 2 : 1));
			TransactionResult found = client(server().url(), (builder) -> builder).transaction((tx) -> {
				tx.idempotencyKey(unknown.idempotencyKey());
				placeSale(tx, reference);
			}).block();
			assertThat(found.replayed()).isTrue();
			assertThat(sales(reference)).isEqualTo(1);
		}
	}

	@Test
	void aRowThatSaysSomethingElseEachTimeIsTheSameInEachAttempt() {
		AtomicBoolean cut = new AtomicBoolean();
		try (CuttingProxy proxy = new CuttingProxy(server().url(),
				() -> new Cut(Point.BEFORE_ANSWER, cut.getAndSet(true) ? Integer.MAX_VALUE : 2, 0))) {
			PooledClient client = client(proxy.url(),
					(builder) -> connections(builder, 1).interceptor(new RetryingInterceptor()));
			TransactionResult result = client.transaction((tx) -> tx.from("sales").insert(new Changing())).block();
			assertThat(result.replayed()).isTrue();
			assertThat(sales("changing")).isEqualTo(1);
		}
	}

	@Test
	void aLostAnswerWithoutAKeyIsNotRepeated() {
		try (CuttingProxy proxy = new CuttingProxy(server().url(), () -> new Cut(Point.BEFORE_ANSWER, 2, 0))) {
			PooledClient client = client(proxy.url(),
					(builder) -> connections(builder, 1).interceptor(new RetryingInterceptor()));
			Mono<TransactionResult> transaction = client.transaction((tx) -> {
				tx.withoutIdempotencyKey();
				placeSale(tx, "unkeyed");
			});
			DataAccessResourceFailureException unknown = catchThrowableOfType(DataAccessResourceFailureException.class,
					transaction::block);
			assertThat(unknown).hasMessageContaining("unknown");
			assertThat(sales("unkeyed")).isEqualTo(1);
			assertThat(this.outcomes).last().satisfies((outcome) -> assertThat(outcome.attempts()).isEqualTo(1));
		}
	}

	@Test
	void aTransactionThatTimesOutIsAppliedOnce() throws SQLException {
		sql("create or replace function linger() returns trigger language plpgsql as"
				+ " $$ begin if new.reference = 'slow' then perform pg_advisory_xact_lock(" + StatementGate.LOCK
				+ "); end if; return new; end $$;"
				+ " create or replace trigger linger before insert on sales for each row execute function linger()");
		try (StatementGate gate = StatementGate.of(server())) {
			PooledClient client = client(
					(builder) -> builder.requestTimeout(Duration.ofMillis(300)).interceptor(new GateInterceptor(gate)));
			TransactionResult result = client.transaction((tx) -> placeSale(tx, "slow")).block(Duration.ofSeconds(20));
			assertThat(result.replayed()).isTrue();
			assertThat(sales("slow")).isEqualTo(1);
			assertThat(this.outcomes).last().satisfies((outcome) -> assertThat(outcome.attempts()).isGreaterThan(1));
		}
	}

	private static void placeSale(TransactionScope tx, String reference) {
		var sale = tx.from("sales").insert(Map.of("reference", reference));
		tx.from("sale_items")
			.insert(List.of(Map.of("article", "a"), Map.of("article", "b")))
			.with("sale_id", sale.ref("id"));
	}

	/**
	 * The first request and answer of a connection are the pool's own check.
	 */
	private static Supplier<Cut> atRandom() {
		Random random = new Random(20_26);
		Point[] points = Point.values();
		return () -> new Cut(points[random.nextInt(points.length)], 2 + random.nextInt(MAX_CHUNKS),
				random.nextDouble());
	}

	/**
	 * A row like those that read the clock.
	 */
	static final class Changing {

		private final AtomicInteger asked = new AtomicInteger();

		public String getReference() {
			return "changing";
		}

		public String getNote() {
			return "asked " + this.asked.incrementAndGet();
		}

	}

	enum Ending {

		SERVER_DOWN, BREAKER_OPEN, DEADLINE

	}

	/**
	 * Ends an operation after its first attempt in a way that says nothing of that.
	 */
	private record EndingInterceptor(Ending ending, CuttingProxy proxy) implements OperationInterceptor {

		@Override
		public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
			return Mono.from(attempt).onErrorResume((failure) -> switch (this.ending) {
				case SERVER_DOWN -> Mono.fromCallable(this::stopServer).then(Mono.from(attempt));
				case BREAKER_OPEN -> Mono.error(new TransientDataAccessResourceException("the breaker is open"));
				case DEADLINE -> Mono.never();
			});
		}

		private Point stopServer() {
			this.proxy.close();
			return Point.BEFORE_ANSWER;
		}

	}

	/**
	 * Lets the statement that waits at the gate go on when its attempt has failed, and
	 * makes another attempt.
	 */
	private record GateInterceptor(StatementGate gate) implements OperationInterceptor {

		@Override
		public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
			return new RetryingInterceptor().intercept(operation,
					Mono.from(attempt)
						.onErrorResume((failure) -> Mono.fromCallable(this::openIfReached)
							.subscribeOn(Schedulers.boundedElastic())
							.then(Mono.error(failure))));
		}

		private boolean openIfReached() throws SQLException {
			boolean reached = this.gate.isReached();
			if (reached) {
				this.gate.open();
			}
			return reached;
		}

	}

}
