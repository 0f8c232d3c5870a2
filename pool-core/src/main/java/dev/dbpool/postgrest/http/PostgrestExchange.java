package dev.dbpool.postgrest.http;

import java.util.function.Function;

import dev.dbpool.postgrest.error.PostgrestException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The seam between a request and what carries it: a plain
 * {@link org.springframework.web.reactive.function.client.WebClient}
 * ({@link WebClientExchange}) or a pool of connections.
 * <p>
 * Nothing is sent before subscription, and each subscription sends the request once. The
 * reader sees only answers with a 2xx status that confirm what they must
 * ({@link Answer#read}, {@link StreamedAnswer#read}). All other answers, and all failures
 * of the transport, are {@link org.springframework.dao.DataAccessException}s with a
 * {@link PostgrestException} as cause; this holds for failures in the midst of a body,
 * too.
 */
public interface PostgrestExchange {

	/**
	 * Sends a request whose answer becomes at most one value. The answer is read into
	 * memory as a whole before the reader is called.
	 * @param <T> the type of the value
	 * @param request what to send
	 * @param reader reads the answer, without waiting for anything
	 * @return the value, or nothing if the reader returns {@code null}
	 */
	<T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader);

	/**
	 * Sends a request whose answer is read element by element.
	 * @param <T> the type of an element
	 * @param request what to send
	 * @param reader reads the answer, and must consume its body
	 * @return the elements
	 */
	<T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader);

}
