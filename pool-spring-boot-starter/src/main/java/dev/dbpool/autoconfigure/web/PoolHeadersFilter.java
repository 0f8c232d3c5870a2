package dev.dbpool.autoconfigure.web;

import java.io.IOException;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ServletRequestPathUtils;

/**
 * Adds {@link PoolHeaders} to the answers of a servlet application.
 */
final class PoolHeadersFilter extends OncePerRequestFilter {

	private final PoolHeaders headers;

	PoolHeadersFilter(PoolHeaders headers) {
		this.headers = headers;
	}

	@Override
	protected boolean shouldNotFilter(HttpServletRequest request) {
		return this.headers == PoolHeaders.NONE;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		String path = PoolHeaders.pathToMatch(ServletRequestPathUtils.parse(request).pathWithinApplication());
		this.headers.of(path, new PoolHeaders.Caller(request.getUserPrincipal(), request::isUserInRole))
			.forEach(response::setHeader);
		chain.doFilter(request, response);
	}

}
