package dev.dbpool.client;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import dev.dbpool.pool.Lease;
import dev.dbpool.postgrest.BlockingPostgrestClient;
import dev.dbpool.postgrest.PostgrestClient;
import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.PreferringExchange;
import dev.dbpool.postgrest.http.StreamedAnswer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A manually leased connection. All requests run on this one connection, one after the
 * other, with the identity of the client that it was leased from, without retry and
 * without circuit breaker. Close it in any case; a second close is harmless.
 * <p>
 * A lease keeps its token to its end. If the server refuses it, the source of the token
 * is notified, so that the next lease has a new one.
 * <p>
 * A lease that is not closed is reported as leaked, and taken back: when it was not used
 * for the leak detection timeout, or when neither it nor a client that it has returned is
 * reachable any more.
 */
public final class ClientLease implements AutoCloseable {

	private static final Cleaner CLEANER = Cleaner.create();

	private final Lease<ClientConnection> lease;

	private final OperationState state;

	private final Attempt attempt;

	private final @Nullable String schema;

	private final List<String> preferences;

	private final Cleaner.Cleanable loss;

	ClientLease(Lease<ClientConnection> lease, OperationState state, Attempt attempt, @Nullable String schema,
			List<String> preferences) {
		this.lease = lease;
		this.state = state;
		this.attempt = attempt;
		this.schema = schema;
		this.preferences = preferences;
		this.loss = CLEANER.register(this, new Loss(lease, state));
	}

	/**
	 * Returns a client of the REST root. It refuses other hosts, unsafe methods on the
	 * read lane, and any use after the lease ended. Its codecs are those of the pool,
	 * also after {@code mutate()}, and so is the identity, whatever {@code apikey} and
	 * {@code Authorization} a request has.
	 * @return the client
	 * @throws IllegalStateException if the lease was closed
	 * @throws dev.dbpool.pool.LeaseRevokedException if the pool took the lease back
	 */
	public WebClient webClient() {
		return this.lease.connection().webClient().mutate().filter(this::guard).build();
	}

	private ClientRequest identified(ClientRequest request) {
		return ClientRequest.from(request).headers((headers) -> {
			ApiKeys.removeFrom(headers);
			this.attempt.headers().forEachOnTheWire(headers::set);
		}).build();
	}

	private Mono<ClientResponse> guard(ClientRequest request, ExchangeFunction next) {
		return Mono.deferContextual((context) -> {
			Optional<DataAccessException> refusal = this.state.operation()
				.lane()
				.refusal(request.method(), request.method().name(), "Lease the write lane");
			if (refusal.isPresent()) {
				return Mono.error(refusal.get());
			}
			this.lease.connection();
			this.lease.renew();
			Mono<ClientResponse> answer = next.exchange(identified(request));
			Credentials credentials = this.state.credentials();
			return credentials.isRenewable() ? answer.doOnNext((response) -> credentials
				.reportIfRefused(response.statusCode(), response.headers().asHttpHeaders(), context)) : answer;
		});
	}

	/**
	 * Returns a query builder over this connection.
	 * @return the builder
	 */
	public PostgrestClient postgrest() {
		this.lease.connection();
		PostgrestExchange statements = new LeasedExchange(this.attempt.over(this.lease, this.state.operation()));
		Credentials credentials = this.state.credentials();
		PostgrestClient client = PostgrestClient.over(PreferringExchange
			.over(credentials.isRenewable() ? credentials.reportingRefusal(statements) : statements, this.preferences));
		return (this.schema != null) ? client.schema(this.schema) : client;
	}

	/**
	 * Returns a blocking query builder over this connection.
	 * @return the builder
	 */
	public BlockingPostgrestClient blockingPostgrest() {
		return postgrest().blocking();
	}

	/**
	 * Returns the number of the leased connection.
	 * @return an id, unique in its pool
	 */
	public long connectionId() {
		return this.lease.connectionId();
	}

	/**
	 * Returns whether the lease still holds its connection.
	 * @return {@code false} once closed or revoked
	 */
	public boolean isActive() {
		return this.lease.isActive();
	}

	/**
	 * Returns how long ago the connection was leased.
	 * @return the age of the lease
	 */
	public Duration age() {
		return this.lease.age();
	}

	/**
	 * Shows that the lease is still in use, so that leak detection counts anew. Each
	 * request does that by itself, and each part of its answer.
	 */
	public void renew() {
		this.lease.renew();
	}

	/**
	 * Marks the connection as broken, so that it is replaced when the lease is closed.
	 */
	public void invalidate() {
		this.lease.invalidate();
	}

	/**
	 * Gives the connection back. Never blocks.
	 */
	@Override
	public void close() {
		this.state.close(this.lease);
		this.loss.clean();
	}

	@Override
	public String toString() {
		return this.lease.toString();
	}

	/**
	 * What to do when a lease has become unreachable.
	 */
	private record Loss(Lease<ClientConnection> lease, OperationState state) implements Runnable {

		@Override
		public void run() {
			this.state.abandoned(this.lease);
		}

	}

	/**
	 * Keeps the lease reachable, as long as a builder is and while a statement runs.
	 */
	private final class LeasedExchange implements PostgrestExchange {

		private final PostgrestExchange delegate;

		LeasedExchange(PostgrestExchange delegate) {
			this.delegate = delegate;
		}

		@Override
		public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
			return this.delegate.mono(request, reader)
				.contextWrite(ClientLease.this.state::onLease)
				.doFinally((end) -> keepReachable());
		}

		@Override
		public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
			return this.delegate.flux(request, reader)
				.contextWrite(ClientLease.this.state::onLease)
				.doFinally((end) -> keepReachable());
		}

		private void keepReachable() {
			Reference.reachabilityFence(ClientLease.this);
		}

	}

}
