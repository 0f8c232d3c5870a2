package dev.dbpool.transaction;

import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.http.JsonCodecs;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.codec.CodecException;
import org.springframework.dao.InvalidDataAccessApiUsageException;

/**
 * Runs transactions. Each subscription collects the operations anew and sends them in one
 * request; where the exchange repeats the request, it is the same transaction, which is
 * applied once.
 * <p>
 * Failures are {@link org.springframework.dao.DataAccessException}s;
 * {@link FailedOperation#in} returns the operation, and nothing of the transaction
 * remains.
 */
public final class Transactions {

	private final PostgrestExchange exchange;

	private final @Nullable String schema;

	private final @Nullable JsonCodecs codecs;

	private final Predicate<Throwable> mayHaveRun;

	private Transactions(PostgrestExchange exchange, @Nullable String schema, @Nullable JsonCodecs codecs,
			Predicate<Throwable> mayHaveRun) {
		this.exchange = exchange;
		this.schema = schema;
		this.codecs = codecs;
		this.mayHaveRun = mayHaveRun;
	}

	/**
	 * Transactions over an exchange that sends each request once.
	 * @param exchange what sends the requests
	 * @param schema the exposed schema, or {@code null} for PostgREST's default
	 * @return the transactions
	 */
	public static Transactions over(PostgrestExchange exchange, @Nullable String schema) {
		return new Transactions(exchange, schema, null, (failure) -> Failure.of(failure).mayHaveRun());
	}

	/**
	 * Transactions over an exchange that repeats requests. The values are written once
	 * for all attempts, since those that change would make it another transaction. The
	 * last failure alone does not show whether the transaction was made.
	 * @param exchange what sends the requests
	 * @param schema the exposed schema, or {@code null} for PostgREST's default
	 * @param codecs the JSON codecs of the exchange
	 * @param mayHaveRun returns for a failure of the exchange whether any of its attempts
	 * may have taken effect
	 * @return the transactions
	 */
	public static Transactions over(PostgrestExchange exchange, @Nullable String schema, JsonCodecs codecs,
			Predicate<Throwable> mayHaveRun) {
		return new Transactions(exchange, schema, codecs, mayHaveRun);
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
			return this.exchange.mono(written(batch.toRequest()), (answer) -> AnswerReader.read(batch, answer))
				.onErrorMap((failure) -> TransactionExceptionTranslator.translate(failure, batch,
						this.mayHaveRun.test(failure)))
				.map(outcome::from);
		});
	}

	private PostgrestRequest written(PostgrestRequest request) {
		Object body = request.body();
		if (this.codecs == null || body == null) {
			return request;
		}
		try {
			return this.codecs.encode(body).map(request::withBody).orElse(request);
		}
		catch (CodecException ex) {
			throw new InvalidDataAccessApiUsageException(
					"The values of the transaction cannot be written as JSON: " + ex.getMessage(), ex);
		}
	}

}
