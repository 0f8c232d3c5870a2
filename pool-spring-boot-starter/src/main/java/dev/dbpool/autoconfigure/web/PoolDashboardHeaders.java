package dev.dbpool.autoconfigure.web;

import java.util.Map;

/**
 * Headers of the dashboard page: it loads nothing from other servers, runs no script but
 * its own, and cannot be shown in a frame.
 */
final class PoolDashboardHeaders implements PoolHeaders {

	private static final Map<String, String> HEADERS = Map.of("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
					+ "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer", "Cache-Control", "no-cache");

	private final String basePath;

	PoolDashboardHeaders(String basePath) {
		this.basePath = basePath;
	}

	@Override
	public Map<String, String> of(String path, Caller caller) {
		return (path.startsWith(this.basePath + "/") && path.contains("/pooldashboard")) ? HEADERS : Map.of();
	}

}
