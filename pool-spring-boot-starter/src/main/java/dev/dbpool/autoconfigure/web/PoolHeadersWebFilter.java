package dev.dbpool.autoconfigure.web;

import java.security.Principal;
import java.util.Optional;

import reactor.core.publisher.Mono;

import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

/**
 * Adds {@link PoolHeaders} to the answers of a reactive application.
 */
final class PoolHeadersWebFilter implements WebFilter {

	private final PoolHeaders headers;

	PoolHeadersWebFilter(PoolHeaders headers) {
		this.headers = headers;
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		String path = PoolHeaders.pathToMatch(exchange.getRequest().getPath().pathWithinApplication());
		return exchange.getPrincipal()
			.map(Optional::of)
			.defaultIfEmpty(Optional.empty())
			.doOnNext((principal) -> add(exchange, path, principal))
			.then(chain.filter(exchange));
	}

	private void add(ServerWebExchange exchange, String path, Optional<Principal> principal) {
		this.headers.of(path, new PoolHeaders.Caller(principal.orElse(null), (role) -> false))
			.forEach(exchange.getResponse().getHeaders()::set);
	}

}
