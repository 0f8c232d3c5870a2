package dev.dbpool.postgrest;

import java.util.Optional;
import java.util.stream.Stream;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

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
		return mono.blockOptional();
	}

	static void done(Mono<Void> mono) {
		requireBlockingThread();
		mono.block();
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
