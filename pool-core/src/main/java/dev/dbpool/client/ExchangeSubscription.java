package dev.dbpool.client;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import dev.dbpool.pool.Acquisition;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * One subscription to an exchange on a leased connection: acquires the lease, sends the
 * request, and holds the lease until the body of the answer was read, or was given up.
 * <p>
 * The phase goes {@code ACQUIRING → SENDING → ANSWERED → READING → ENDED}, by
 * compare-and-set, and from any of these straight to {@code ENDED}; who moves it there
 * closes the lease, and a lease that arrives later is closed on arrival. A cancel gives
 * up an answer that nobody has begun to read; from then on the body is cancelled by who
 * reads it. A body that nobody ever reads is left to the pool's leak detection.
 */
final class ExchangeSubscription extends Operators.DeferredSubscription
		implements CoreSubscriber<ClientHttpResponse>, LeaseCallback<ClientConnection> {

	private enum Phase {

		ACQUIRING, SENDING, ANSWERED, READING, ENDED

	}

	private final CoreSubscriber<? super ClientHttpResponse> actual;

	private final Function<ClientConnection, Mono<ClientHttpResponse>> exchange;

	private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.ACQUIRING);

	private @Nullable Lease<ClientConnection> lease;

	private boolean answered;

	private volatile @Nullable Acquisition acquisition;

	private ExchangeSubscription(CoreSubscriber<? super ClientHttpResponse> actual,
			Function<ClientConnection, Mono<ClientHttpResponse>> exchange) {
		this.actual = actual;
		this.exchange = exchange;
	}

	/**
	 * An exchange on a connection of a pool, for each subscription.
	 */
	static Mono<ClientHttpResponse> on(ConnectionPool<ClientConnection> pool, LeaseOwner owner,
			Function<ClientConnection, Mono<ClientHttpResponse>> exchange) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super ClientHttpResponse> actual) {
				new ExchangeSubscription(actual, exchange).acquire(pool, owner);
			}

		};
	}

	private void acquire(ConnectionPool<ClientConnection> pool, LeaseOwner owner) {
		this.actual.onSubscribe(this);
		if (this.phase.get() == Phase.ENDED) {
			return;
		}
		Acquisition started = pool.acquire(owner, pool.options().acquireTimeout(), this);
		this.acquisition = started;
		if (this.phase.get() == Phase.ENDED) {
			started.cancel();
		}
	}

	@Override
	public void onLease(Lease<ClientConnection> lease) {
		this.lease = lease;
		if (!this.phase.compareAndSet(Phase.ACQUIRING, Phase.SENDING)) {
			lease.close();
			return;
		}
		Mono<ClientHttpResponse> answer;
		try {
			ClientConnection connection = lease.connection();
			connection.http().onActivity(lease::renew);
			answer = this.exchange.apply(connection);
		}
		catch (Throwable ex) {
			onError(ex);
			return;
		}
		answer.subscribe(this);
	}

	@Override
	public void onFailure(PoolException cause) {
		if (this.phase.compareAndSet(Phase.ACQUIRING, Phase.ENDED)) {
			this.actual.onError(cause);
		}
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		set(subscription);
	}

	@Override
	public void onNext(ClientHttpResponse response) {
		if (this.phase.compareAndSet(Phase.SENDING, Phase.ANSWERED)) {
			this.answered = true;
			this.actual.onNext(new ObservedResponse(response, body(response)));
		}
	}

	@Override
	public void onComplete() {
		if (this.answered || end(Phase.SENDING)) {
			this.actual.onComplete();
		}
	}

	@Override
	public void onError(Throwable failure) {
		if (end(Phase.SENDING)) {
			this.actual.onError(failure);
		}
	}

	/**
	 * Tries the phases in the order in which they follow each other, so that none is
	 * missed by a step that is taken meanwhile.
	 */
	@Override
	public void cancel() {
		if (this.phase.compareAndSet(Phase.ACQUIRING, Phase.ENDED)) {
			super.cancel();
			Acquisition started = this.acquisition;
			if (started != null) {
				started.cancel();
			}
		}
		else if (this.phase.compareAndSet(Phase.SENDING, Phase.ENDED)
				|| this.phase.compareAndSet(Phase.ANSWERED, Phase.ENDED)) {
			super.cancel();
			closeLease();
		}
	}

	private Flux<DataBuffer> body(ClientHttpResponse response) {
		return Flux.defer(() -> {
			Lease<ClientConnection> held = this.lease;
			if (held == null || !this.phase.compareAndSet(Phase.ANSWERED, Phase.READING)) {
				return response.getBody();
			}
			return response.getBody()
				.doOnNext((buffer) -> held.renew())
				.doOnTerminate(() -> end(Phase.READING))
				.doOnCancel(() -> end(Phase.READING));
		});
	}

	private boolean end(Phase from) {
		if (!this.phase.compareAndSet(from, Phase.ENDED)) {
			return false;
		}
		closeLease();
		return true;
	}

	private void closeLease() {
		Lease<ClientConnection> held = this.lease;
		if (held != null) {
			held.close();
		}
	}

	@Override
	public Context currentContext() {
		return this.actual.currentContext();
	}

}
