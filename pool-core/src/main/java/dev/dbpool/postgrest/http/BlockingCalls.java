package dev.dbpool.postgrest.http;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.EmptyResultDataAccessException;

/**
 * Waits for results, on threads that may wait. Every method throws an
 * {@link IllegalStateException} on a thread that must not block, such as an event loop.
 */
public final class BlockingCalls {

	private static final String STATEMENT = "the statement has run";

	private BlockingCalls() {
	}

	/**
	 * Checks that the current thread may block.
	 * @throws IllegalStateException if it must not
	 */
	public static void requireBlockingThread() {
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException("The thread '" + Thread.currentThread().getName()
					+ "' must not block. Use the reactive client there, or "
					+ "Mono.fromCallable(...).subscribeOn(Schedulers.boundedElastic())");
		}
	}

	/**
	 * Waits for the one value of a request.
	 * @param <T> the type of the value
	 * @param mono the request
	 * @return the value
	 * @throws EmptyResultDataAccessException if there is none
	 */
	public static <T> T one(Mono<T> mono) {
		return optional(mono).orElseThrow(
				() -> new EmptyResultDataAccessException("A value was expected, the answer is null or empty", 1));
	}

	/**
	 * Waits for the value of a request.
	 * @param <T> the type of the value
	 * @param mono the request
	 * @return the value, if there is one
	 */
	public static <T> Optional<T> optional(Mono<T> mono) {
		return await(mono, STATEMENT, DataAccessResourceFailureException::new);
	}

	/**
	 * Waits for the end of a request.
	 * @param mono the request
	 */
	public static void done(Mono<Void> mono) {
		await(mono, STATEMENT, DataAccessResourceFailureException::new);
	}

	/**
	 * Returns the elements of a request, each of which is waited for when it is asked
	 * for.
	 * @param <T> the type of an element
	 * @param flux the request
	 * @return the elements, to be closed by the caller
	 */
	public static <T> Stream<T> stream(Flux<T> flux) {
		requireBlockingThread();
		return flux.toStream();
	}

	/**
	 * Waits for a value.
	 * @param <T> the type of the value
	 * @param <X> the type of the exception
	 * @param mono what gives it
	 * @param unknown what is unknown if the wait is interrupted, after "whether"
	 * @param interruption makes the exception of a message and its cause
	 * @return the value, if there is one
	 * @throws X if the thread is interrupted; its interrupt status is set
	 */
	public static <T, X extends Exception> Optional<T> await(Mono<T> mono, String unknown,
			BiFunction<String, InterruptedException, X> interruption) throws X {
		requireBlockingThread();
		try {
			return mono.blockOptional();
		}
		catch (RuntimeException ex) {
			if (Exceptions.unwrap(ex) instanceof InterruptedException interrupt) {
				throw interruption.apply(
						"The thread '" + Thread.currentThread().getName()
								+ "' was interrupted while it waited for an answer. It is unknown whether " + unknown,
						interrupt);
			}
			throw ex;
		}
	}

}
