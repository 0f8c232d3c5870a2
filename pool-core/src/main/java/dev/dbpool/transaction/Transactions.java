package dev.dbpool.transaction;

import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

import dev.dbpool.postgrest.Failure;
import dev.dbpool.postgrest.PostgrestExchange;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Runs transactions. Each subscription collects the operations anew and sends them in one
 * request; where the exchange repeats the request, it is the same transaction, which is
 * applied once.
 * <p>
 * Failures are {@link org.springframework.dao.DataAccessException}s;
 * {@link FailedOperation#in} tells the operation, and nothing of the transaction remains.
 */
public final class Transactions {

	private final PostgrestExchange exchange;

	private final @Nullable String schema;

	private final Predicate<Throwable> mayHaveRun;

	private Transactions(PostgrestExchange exchange, @Nullable String schema, Predicate<Throwable> mayHaveRun) {
		this.exchange = exchange;
		this.schema = schema;
		this.mayHaveRun = mayHaveRun;
	}

	/**
	 * Transactions over an exchange that sends each request once.
	 * @param exchange what sends the requests
	 * @param schema the exposed schema, or {@code null} for PostgREST's default
	 * @return the transactions
	 */
	public static Transactions over(PostgrestExchange exchange, @Nullable String schema) {
		return over(exchange, schema, (failure) -> Failure.of(failure).mayHaveRun());
	}

	/**
	 * Transactions over an exchange that repeats requests. Its last failure alone does
	 * not tell whether the transaction was made.
	 * @param exchange what sends the requests
	 * @param schema the exposed schema, or {@code null} for PostgREST's default
	 * @param mayHaveRun tells of a failure of the exchange whether any of its attempts
	 * may have taken effect
	 * @return the transactions
	 */
	public static Transactions over(PostgrestExchange exchange, @Nullable String schema,
			Predicate<Throwable> mayHaveRun) {
		return new Transactions(exchange, schema, mayHaveRun);
	}

	/**
	 * Runs a transaction.
	 * @param work adds the operations
	 * @return what they returned
	 */
	public Mono<TransactionResult> run(Consumer<TransactionScope> work) {
		return call((scope) -> {
			work.accept(scope);
			return (result) -> result;
		});
	}

	/**
	 * Runs a transaction.
	 * @param <T> the type of what is returned
	 * @param work adds the operations, and says what to return
	 * @return what is to be returned
	 */
	public <T> Mono<T> call(Function<TransactionScope, Outcome<T>> work) {
		return Mono.defer(() -> {
			Batch batch = new Batch(this.schema);
			Outcome<T> outcome = work.apply(new TransactionScope(batch, null));
			batch.complete();
			return this.exchange.mono(batch.toRequest(), (response) -> AnswerReader.read(batch, response))
				.onErrorMap((failure) -> TransactionFailures.explain(failure, batch, this.mayHaveRun.test(failure)))
				.map(outcome::from);
		});
	}

}
