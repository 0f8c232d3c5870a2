package dev.dbpool.client;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.dbpool.pool.Lease;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.http.StreamedAnswer;
import dev.dbpool.transport.ConnectionClosedException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.http.HttpHeaders;

/**
 * One attempt of an operation, on one connection after the other for as long as nothing
 * of a request was sent. All of them share the acquire timeout of the pool. It knows what
 * its requests have done on the server, or may have done. Safe for use from any thread.
 */
final class Attempt {

	private static final AtomicIntegerFieldUpdater<Attempt> WRITES = AtomicIntegerFieldUpdater.newUpdater(Attempt.class,
			"writes");

	private static final AtomicIntegerFieldUpdater<Attempt> UNREPEATABLE = AtomicIntegerFieldUpdater
		.newUpdater(Attempt.class, "unrepeatable");

	private static final AtomicIntegerFieldUpdater<Attempt> BEGUN = AtomicIntegerFieldUpdater.newUpdater(Attempt.class,
			"begun");

	/**
	 * A gateway that ends sockets after ten requests, shared by eleven callers, refuses
	 * one of 11 at a time: a hundred in a row are as good as impossible.
	 */
	private static final int MOST_MOVES_IN_GOOD_ORDER = 100;

	private final int number;

	private final RequestHeaders headers;

	private volatile long waitedNanos;

	private volatile Set<ReadEndpoint> tried = Set.of();

	private volatile int moves;

	private volatile int movesInGoodOrder;

	private volatile int writes;

	private volatile int unrepeatable;

	private volatile int begun;

	private volatile boolean emitted;

	private volatile boolean timedOut;

	/**
	 * Creates an attempt.
	 * @param number its number in the operation, from 1
	 * @param headers what its requests send
	 */
	Attempt(int number, RequestHeaders headers) {
		this.number = number;
		this.headers = headers;
	}

	/**
	 * Returns what sends statements over a lease of this attempt.
	 */
	PostgrestExchange over(Lease<ClientConnection> lease, Operation operation) {
		return new Statements(lease, operation);
	}

	int number() {
		return this.number;
	}

	RequestHeaders headers() {
		return this.headers;
	}

	/**
	 * Notes how long it has waited for a connection.
	 */
	void waited(long nanos) {
		this.waitedNanos = this.waitedNanos + nanos;
	}

	/**
	 * Returns how long it may wait for the next connection.
	 * @param acquireTimeout how long it may wait in all
	 * @return the time, or zero
	 */
	Duration mayWait(Duration acquireTimeout) {
		long waited = this.waitedNanos;
		if (waited == 0) {
			return acquireTimeout;
		}
		Duration remaining = acquireTimeout.minusNanos(waited);
		return remaining.isNegative() ? Duration.ZERO : remaining;
	}

	/**
	 * Notes that a request is about to be sent.
	 */
	void beginRequest() {
		BEGUN.incrementAndGet(this);
	}

	/**
	 * Notes that a request is about to be written whose body can be read only once.
	 */
	void beginStream() {
		UNREPEATABLE.incrementAndGet(this);
	}

	/**
	 * Notes that a request which changes something is about to be sent.
	 */
	void beginWrite(PostgrestRequest request) {
		WRITES.incrementAndGet(this);
		if (!request.isIdempotent()) {
			UNREPEATABLE.incrementAndGet(this);
		}
	}

	/**
	 * Takes a write back that surely had no effect.
	 */
	void failedWrite(PostgrestRequest request, Throwable failure) {
		if (!Failure.of(failure).mayHaveRun()) {
			WRITES.decrementAndGet(this);
			if (!request.isIdempotent()) {
				UNREPEATABLE.decrementAndGet(this);
			}
		}
	}

	/**
	 * Notes that the subscriber is about to receive an element.
	 */
	void emits() {
		this.emitted = true;
	}

	/**
	 * Returns whether all requests may be sent again.
	 */
	boolean mayBeRepeated() {
		return this.unrepeatable == 0 && !this.emitted;
	}

	/**
	 * Returns whether a write has taken effect, or may have.
	 */
	boolean mayHaveWritten() {
		return this.writes > 0;
	}

	/**
	 * Returns whether any request was sent on the present connection.
	 */
	boolean hasBegun() {
		return this.begun > 0;
	}

	/**
	 * Notes that it uses a read replica, which it uses once.
	 */
	void uses(ReadEndpoint endpoint) {
		this.tried = Stream.concat(this.tried.stream(), Stream.of(endpoint)).collect(Collectors.toUnmodifiableSet());
	}

	boolean hasUsed(ReadEndpoint endpoint) {
		return this.tried.contains(endpoint);
	}

	/**
	 * Moves from a read replica to another endpoint, as if nothing had been sent. After a
	 * timeout it does so once, so that a read which is slow everywhere does not run on
	 * all endpoints.
	 * @param timeout whether the replica did not answer in time
	 * @return whether it moves
	 */
	boolean leaves(boolean timeout) {
		if (mayHaveWritten() || !mayBeRepeated() || (timeout && this.timedOut)) {
			return false;
		}
		if (timeout) {
			this.timedOut = true;
		}
		this.begun = 0;
		return true;
	}

	/**
	 * Moves to another connection, as if the present one had never been leased: without
	 * back-off, and unknown to interceptors. It moves as often as there may be
	 * connections, so that each of them can fail it once. Moves of its first request from
	 * sockets that the server has ended in good order have a count of their own. What
	 * earlier requests have read may be read again; what they have written may not.
	 * @param failure what has failed it
	 * @param maxConnections how many connections there may be, those of all lanes
	 * @return whether it moves
	 */
	boolean moves(Throwable failure, int maxConnections) {
		Optional<ConnectionClosedException> unsent = PoolExceptionTranslator.unsent(failure);
		if (unsent.isEmpty() || mayHaveWritten() || !mayBeRepeated()) {
			return false;
		}
		if (unsent.get().isInGoodOrder() && this.begun == 1 && this.movesInGoodOrder < MOST_MOVES_IN_GOOD_ORDER) {
			this.movesInGoodOrder = this.movesInGoodOrder + 1;
		}
		else if (this.moves < maxConnections) {
			this.moves = this.moves + 1;
		}
		else {
			return false;
		}
		this.begun = 0;
		return true;
	}

	/**
	 * Sends the requests of the attempt over its lease, with the headers of its identity,
	 * and keeps count of what they may have done.
	 */
	private final class Statements implements PostgrestExchange {

		private final Lease<ClientConnection> lease;

		private final Operation operation;

		Statements(Lease<ClientConnection> lease, Operation operation) {
			this.lease = lease;
			this.operation = operation;
		}

		@Override
		public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
			Optional<DataAccessException> refusal = refusal(request);
			if (refusal.isPresent()) {
				return Mono.error(refusal.get());
			}
			Mono<T> call = Mono.defer(() -> exchange().mono(request, reader));
			return request.isSafe() ? call : call.doFirst(() -> Attempt.this.beginWrite(request))
				.doOnError((failure) -> Attempt.this.failedWrite(request, failure));
		}

		@Override
		public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
			Optional<DataAccessException> refusal = refusal(request);
			if (refusal.isPresent()) {
				return Flux.error(refusal.get());
			}
			Flux<T> call = Flux.defer(() -> exchange().flux(request, reader));
			return request.isSafe() ? call : call.doFirst(() -> Attempt.this.beginWrite(request))
				.doOnError((failure) -> Attempt.this.failedWrite(request, failure));
		}

		private PostgrestExchange exchange() {
			ClientConnection connection = this.lease.connection();
			this.lease.renew();
			Attempt.this.beginRequest();
			return connection.exchange(Attempt.this.headers);
		}

		private Optional<DataAccessException> refusal(PostgrestRequest request) {
			Optional<DataAccessException> ofLane = this.operation.lane()
				.refusal(request.method(), request.describe(), "Use write(…), or lease the write lane");
			if (ofLane.isPresent()) {
				return ofLane;
			}
			if (request.fields().contains(HttpHeaders.HOST)) {
				return Optional.of(new InvalidDataAccessApiUsageException(request.describe()
						+ " has a header 'Host', but goes to the server of its client. Leave the header out"));
			}
			if (request.fields().contains(ApiKeys.HEADER) || request.fields().contains(HttpHeaders.AUTHORIZATION)) {
				return Optional.of(new InvalidDataAccessApiUsageException(request.describe()
						+ " has a header 'apikey' or 'Authorization', but only the client decides the identity"
						+ ". Use asUser(…), asAnon() or asService()"));
			}
			return Optional.empty();
		}

	}

}
