package dev.dbpool.autoconfigure.web;

import java.util.Map;

/**
 * Headers of the dashboard page and of its stream. The page loads nothing from other
 * servers, runs no script but its own, and cannot be shown in a frame. The stream is
 * passed on without a delay by nginx, which buffers answers otherwise.
 */
final class PoolDashboardHeaders implements PoolHeaders {

	private static final Map<String, String> STREAM = Map.of("X-Accel-Buffering", "no", "Cache-Control", "no-store");

	private static final Map<String, String> PAGE = Map.of("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
					+ "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer", "Cache-Control", "no-cache");

	private final String page;

	private final String streams;

	/**
	 * Creates the headers.
	 * @param page the path of the page
	 * @param endpoint the path of the endpoint that the page shows
	 */
	PoolDashboardHeaders(String page, String endpoint) {
		this.page = page;
		this.streams = endpoint + "/live/";
	}

	@Override
	public Map<String, String> of(String path, Caller caller) {
		if (path.equals(this.page) || path.startsWith(this.page + "/")) {
			return PAGE;
		}
		return path.startsWith(this.streams) ? STREAM : Map.of();
	}

}
