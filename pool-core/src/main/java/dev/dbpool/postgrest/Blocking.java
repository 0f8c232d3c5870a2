package dev.dbpool.postgrest;

import java.util.Optional;
import java.util.stream.Stream;

import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.EmptyResultDataAccessException;

/**
 * Waits for results, on threads that may wait.
 */
final class Blocking {

	private Blocking() {
	}

	static <T> T one(Mono<T> mono) {
		return optional(mono).orElseThrow(
				() -> new EmptyResultDataAccessException("A value was expected, the answer is null or empty", 1));
	}

	static <T> Optional<T> optional(Mono<T> mono) {
		requireBlockingThread();
		return await(mono);
	}

	static void done(Mono<Void> mono) {
		requireBlockingThread();
		await(mono);
	}

	private static <T> Optional<T> await(Mono<T> mono) {
		try {
			return mono.blockOptional();
		}
		catch (RuntimeException ex) {
			throw (Exceptions.unwrap(ex) instanceof InterruptedException interrupt) ? interrupted(interrupt) : ex;
		}
	}

	/**
	 * The interrupt flag is set again by Reactor.
	 */
	private static DataAccessException interrupted(InterruptedException interrupt) {
		return new DataAccessResourceFailureException("The thread '" + Thread.currentThread().getName()
				+ "' was interrupted while it waited for an answer. It is unknown whether the statement has run",
				interrupt);
	}

	static <T> Stream<T> stream(Flux<T> flux) {
		requireBlockingThread();
		return flux.toStream();
	}

	private static void requireBlockingThread() {
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException("The thread '" + Thread.currentThread().getName()
					+ "' must not block: use the reactive client here, or move to Schedulers.boundedElastic()");
		}
	}

}
