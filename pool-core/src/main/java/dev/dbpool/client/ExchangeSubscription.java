package dev.dbpool.client;

import java.util.function.Function;

import dev.dbpool.pool.Lease;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.client.reactive.ClientHttpResponse;

/**
 * One subscription to an exchange on a leased connection: sends the request, and holds
 * the lease until the body of the answer was read, or was given up.
 * <p>
 * After {@code WORKING} the phase is {@code ANSWERED}, then {@code READING}. A cancel
 * gives up an answer whose body has no reader yet; from then on the reader cancels the
 * body. A body that is never read is left to the pool's leak detection.
 */
final class ExchangeSubscription extends LeasedSubscription<ClientHttpResponse> {

	private final Function<ClientConnection, Mono<ClientHttpResponse>> exchange;

	private boolean answered;

	private ExchangeSubscription(OperationRun operation, Attempt attempt,
			CoreSubscriber<? super ClientHttpResponse> actual,
			Function<ClientConnection, Mono<ClientHttpResponse>> exchange) {
		super(operation, attempt, actual);
		this.exchange = exchange;
	}

	/**
	 * An exchange on a connection of the operation's pool, for each subscription.
	 */
	static Mono<ClientHttpResponse> on(OperationRun operation, Attempt attempt,
			Function<ClientConnection, Mono<ClientHttpResponse>> exchange) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super ClientHttpResponse> actual) {
				new ExchangeSubscription(operation, attempt, actual, exchange).acquire();
			}

		};
	}

	@Override
	Publisher<ClientHttpResponse> work(Lease<ClientConnection> lease) {
		ClientConnection connection = lease.connection();
		connection.http().onActivity(lease::renew);
		return this.exchange.apply(connection);
	}

	@Override
	public void onNext(ClientHttpResponse response) {
		if (move(Phase.WORKING, Phase.ANSWERED)) {
			this.answered = true;
			next(new ObservedResponse(response, body(response)));
		}
	}

	@Override
	public void onComplete() {
		if (this.answered || end(Phase.WORKING)) {
			complete();
		}
	}

	/**
	 * Tries the phases in the order in which they follow each other, so that none is
	 * missed by a concurrent step.
	 */
	@Override
	public void cancel() {
		if (cancelAcquiring()) {
			super.cancel();
		}
		else if (!cancel(Phase.WORKING)) {
			cancel(Phase.ANSWERED);
		}
	}

	@Override
	void giveUp() {
		cancel();
		end(Phase.READING);
	}

	private Flux<DataBuffer> body(ClientHttpResponse response) {
		return Flux.defer(() -> {
			Lease<ClientConnection> held = lease();
			if (held == null || !move(Phase.ANSWERED, Phase.READING)) {
				return response.getBody();
			}
			return response.getBody()
				.doOnNext((buffer) -> held.renew())
				.doOnTerminate(() -> end(Phase.READING))
				.doOnCancel(() -> end(Phase.READING));
		});
	}

}
