package dev.dbpool.client;

import java.util.function.Predicate;

import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.PoolException;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.transport.HttpConnection;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The steps of one call of an operation, from the outside in: {@link OperationEnd}
 * records the operation and limits it by its deadline; retry and circuit breaker are
 * {@linkplain OperationInterceptor interceptors}; each attempt has a token, a
 * {@linkplain LeaseSubscription lease} of its own, and the {@linkplain Work exchanges} on
 * it; what fails it is classified.
 *
 * @param <T> the type of the result
 */
final class OperationCall<T> {

	/** Operations that bypass row-level security. */
	private static final Logger AUDIT = LoggerFactory.getLogger("dev.dbpool.audit");

	private final ClientCore core;

	private final OperationState state;

	private final Work<T> work;

	private OperationCall(ClientCore core, OperationState state, Work<T> work) {
		this.core = core;
		this.state = state;
		this.work = work;
	}

	/**
	 * A call for each subscription: recorded, and ended by its deadline.
	 */
	static <T> Flux<T> of(ClientCore core, Operation operation, Credentials credentials, Work<T> work) {
		return OperationEnd.of(() -> new OperationState(core, operation, credentials), work.shape(),
				(state) -> new OperationCall<>(core, state, work).identified());
	}

	/**
	 * Finds out whom the operation acts as, before anything else sees it.
	 */
	private Publisher<T> identified() {
		Credentials credentials = this.state.credentials();
		if (!credentials.isOpen()) {
			return intercepted();
		}
		return credentials.signedIn().flatMapMany((found) -> {
			this.state.identified(found);
			return intercepted();
		});
	}

	/**
	 * Retry, circuit breaker and other interceptors around the attempts. A lease for the
	 * application passes none: it shows nothing about the server.
	 */
	private Publisher<T> intercepted() {
		if (mayUseReplicas()) {
			this.state.offersReplicas(this::tryReplica);
		}
		Operation operation = this.state.operation();
		if (operation.identity() == Identity.Kind.SERVICE) {
			AUDIT.info("service identity: {} on lane {}", operation.name(), operation.lane().id());
		}
		Flux<T> attempts = Flux.defer(this::afterLastStatement);
		return switch (this.work.shape()) {
			case VALUE -> this.core.intercept(operation, Mono.fromDirect(attempts));
			case ANSWER -> Mono.from(this.core.intercept(operation, Mono.fromDirect(attempts)))
				.map((answer) -> this.work.observed(answer, this.state));
			case ELEMENTS -> this.core.intercept(operation, attempts);
			case LEASE -> this.core.observeLease(operation, attempts, this.state::observedBy);
		};
	}

	/**
	 * Waits until the statement of the attempt before, which was given up after a
	 * timeout, has ended at the server, or its connection was closed: so that an
	 * operation has one statement at a time.
	 */
	private Flux<T> afterLastStatement() {
		HttpConnection present = this.state.stillRunning();
		if (present == null) {
			return authenticated();
		}
		this.state.runsNoMore();
		return Mono.fromCompletionStage(present::whenIdle).onErrorComplete().thenMany(Flux.defer(this::authenticated));
	}

	/**
	 * An attempt with a token, and another if that was refused.
	 */
	private Flux<T> authenticated() {
		this.work.check(this.state.operation());
		return this.work.authenticated(this.state.credentials(), (identity) -> {
			int number = this.state.nextAttempt();
			return leased(new Attempt(number, this.core.headersOf(number, identity)));
		});
	}

	/**
	 * The exchanges of an attempt on a lease, again on another one if nothing was sent.
	 */
	private Flux<T> leased(Attempt attempt) {
		this.state.begins(attempt);
		ReadEndpoint.Use replica = replicaFor(attempt);
		if (replica != null) {
			attempt.uses(replica.endpoint());
			return onReplica(attempt, replica);
		}
		return LeaseSubscription.flux(this.state, attempt, this.work, null)
			.onErrorResume((failure) -> attempt.moves(failure, this.state.pool().size()) ? leased(attempt)
					: Flux.error(classified(failure, attempt)));
	}

	/**
	 * Returns whether it consists of statements of the read lane, and there are replicas.
	 */
	private boolean mayUseReplicas() {
		Work.Shape shape = this.work.shape();
		boolean statements = shape == Work.Shape.VALUE || shape == Work.Shape.ELEMENTS;
		return statements && this.state.operation().lane() == Lane.READ && !this.core.lanes().readEndpoints().isEmpty();
	}

	private boolean tryReplica() {
		return !isPinned() && choose((replica) -> true) != null;
	}

	/**
	 * Chooses a read replica. What was chosen before and has not ended is given back,
	 * also by an operation that ends at the same time.
	 */
	private ReadEndpoint.@Nullable Use choose(Predicate<ReadEndpoint> usable) {
		this.state.leavesReplica();
		ReadEndpoint.Use found = this.core.lanes().replicaFor(usable).orElse(null);
		this.state.goesToReplica(found);
		return found;
	}

	/**
	 * Returns whether it has to see what was written to the primary.
	 */
	private boolean isPinned() {
		return this.state.operation()
			.recentWrites()
			.filter((writes) -> this.state.credentials().knownIdentity().filter(writes::hasWritten).isPresent())
			.isPresent();
	}

	/**
	 * Begins on a read replica: on the one that an interceptor has chosen, if there is
	 * one.
	 * @return the replica, or {@code null} for the primary
	 */
	private ReadEndpoint.@Nullable Use replicaFor(Attempt attempt) {
		if (!mayUseReplicas()) {
			return null;
		}
		if (isPinned()) {
			this.state.leavesReplica();
			return null;
		}
		ReadEndpoint.Use chosen = this.state.onReplica();
		if (chosen != null && chosen.begin()) {
			return chosen;
		}
		ReadEndpoint.Use found = choose((replica) -> !attempt.hasUsed(replica));
		return (found != null && found.begin()) ? found : null;
	}

	/**
	 * The exchanges of an attempt on a read replica. If that fails, the attempt goes on
	 * elsewhere, unknown to interceptors: on another replica, or on the primary last. A
	 * statement that took too long while the replica answered others is not repeated
	 * elsewhere, and is no failure of the replica.
	 */
	private Flux<T> onReplica(Attempt attempt, ReadEndpoint.Use replica) {
		return LeaseSubscription.flux(this.state, attempt, this.work, replica.endpoint())
			.doOnNext((item) -> replica.answered(this.work.shape() == Work.Shape.VALUE))
			.doOnComplete(replica::succeeded)
			.doOnCancel(replica::abandoned)
			.onErrorResume((thrown) -> {
				Failure failure = PoolExceptionTranslator.classify(thrown);
				boolean timeout = failure.kind() == Failure.Kind.TIMEOUT;
				boolean unsent = PoolExceptionTranslator.isUnsent(thrown);
				boolean ofServer = failure.countsAgainstServer() && !unsent
						&& !(timeout && this.state.stillRunning() != null);
				if (ofServer) {
					replica.failed(thrown);
				}
				else if (!timeout && !unsent && !(thrown instanceof PoolException)) {
					replica.succeeded();
				}
				else {
					replica.abandoned();
				}
				boolean elsewhere = ofServer || unsent || thrown instanceof AcquireTimeoutException
						|| thrown instanceof AcquireRejectedException;
				return (elsewhere && attempt.leaves(timeout)) ? leased(attempt)
						: Flux.error(classified(thrown, attempt));
			});
	}

	private AttemptFailedException classified(Throwable thrown, Attempt attempt) {
		Failure failure = PoolExceptionTranslator.classify(thrown);
		this.state.attemptFailed(attempt, failure);
		return new AttemptFailedException(PoolExceptionTranslator.translate(thrown), failure, attempt.number(),
				this.work.mayBeRepeated(attempt));
	}

}
