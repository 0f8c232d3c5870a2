package dev.dbpool.client;

import java.util.function.Function;

import dev.dbpool.pool.Lease;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.RequestHeaders;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * What an operation does with its connection.
 *
 * @param <T> the type of its result
 */
interface Work<T> {

	/**
	 * The shapes of a result.
	 */
	enum Shape {

		/**
		 * One value, or none. It is passed on after the lease was given back, so that
		 * what follows from it does not hold two leases.
		 */
		VALUE,

		/** Elements. */
		ELEMENTS,

		/**
		 * The head of an answer. The operation goes on, with its lease, until the body
		 * has ended.
		 */
		ANSWER,

		/** The lease itself. The operation goes on until the application closes it. */
		LEASE

	}

	/**
	 * Returns the shape of the result.
	 */
	Shape shape();

	/**
	 * Checks the operation before it waits for anything.
	 * @throws RuntimeException if it is rejected
	 */
	default void check(Operation operation) {
	}

	/**
	 * Begins the work of an attempt on its connection.
	 */
	Publisher<T> on(Lease<ClientConnection> lease, OperationState state, Attempt attempt);

	/**
	 * Makes an attempt with the headers of an identity, and another if its token was
	 * refused and there is a fresh one.
	 */
	default Flux<T> authenticated(Credentials credentials, Function<RequestHeaders, Flux<T>> attempt) {
		return credentials.with(attempt);
	}

	/**
	 * Returns whether a failed attempt may be repeated.
	 */
	default boolean mayBeRepeated(Attempt attempt) {
		return attempt.mayBeRepeated();
	}

	/**
	 * Returns what is passed on of an answer that holds its lease.
	 */
	default T held(T answer, LeaseSubscription<T> lease) {
		return answer;
	}

	/**
	 * Returns what the application gets of an answer with which its operation goes on.
	 */
	default T observed(T answer, OperationState state) {
		return answer;
	}

	/**
	 * Statements that result in one value.
	 */
	static <T> Work<T> value(Function<PostgrestExchange, ? extends Publisher<T>> statements) {
		return new Statements<>(Shape.VALUE, statements);
	}

	/**
	 * Statements that result in elements.
	 */
	static <T> Work<T> elements(Function<PostgrestExchange, ? extends Publisher<T>> statements) {
		return new Statements<>(Shape.ELEMENTS, statements);
	}

	/**
	 * Statements of a query builder.
	 *
	 * @param <T> the type of their result
	 * @param shape the shape of their result
	 * @param statements sends them
	 */
	record Statements<T>(Shape shape,
			Function<PostgrestExchange, ? extends Publisher<T>> statements) implements Work<T> {

		@Override
		public Publisher<T> on(Lease<ClientConnection> lease, OperationState state, Attempt attempt) {
			return this.statements.apply(attempt.over(lease, state.operation()));
		}

	}

}
