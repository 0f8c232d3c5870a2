package dev.dbpool.postgrest.http;

import java.util.function.Function;

import dev.dbpool.postgrest.error.PostgrestException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * The seam between a request and what carries it: a plain
 * {@link org.springframework.web.reactive.function.client.WebClient}
 * ({@link WebClientExchange}) or a pool of connections.
 * <p>
 * Nothing is sent before subscription, and each subscription sends the request once. The
 * reader sees only answers with a 2xx status, and must consume or release their body. All
 * other answers, and all failures of the transport, are
 * {@link org.springframework.dao.DataAccessException}s with a {@link PostgrestException}
 * as cause; this holds for failures in the midst of a body, too.
 */
public interface PostgrestExchange {

	/**
	 * Sends a request whose answer becomes at most one value.
	 * @param <T> the type of the value
	 * @param request what to send
	 * @param reader reads the answer
	 * @return the value
	 */
	<T> Mono<T> mono(PostgrestRequest request, Function<ClientResponse, Mono<T>> reader);

	/**
	 * Sends a request whose answer is read element by element.
	 * @param <T> the type of an element
	 * @param request what to send
	 * @param reader reads the answer
	 * @return the elements
	 */
	<T> Flux<T> flux(PostgrestRequest request, Function<ClientResponse, Flux<T>> reader);

}
