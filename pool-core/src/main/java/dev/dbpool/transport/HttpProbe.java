package dev.dbpool.transport;

import java.net.URI;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.Assert;

/**
 * The request that warms up a new connection, and later checks and keeps alive an idle
 * one. It should be cheap and safe: it is sent every few seconds on each idle connection.
 * Immutable.
 * <p>
 * By default any answer proves that the connection is alive, an error status too: when a
 * database is down, PostgREST answers 503, and another connection to it would get the
 * same. Whether the database behind it works is for a health check to find out.
 */
public final class HttpProbe {

	private final HttpMethod method;

	private final String path;

	private final Supplier<HttpHeaders> headers;

	private final IntPredicate alive;

	private HttpProbe(HttpMethod method, String path, Supplier<HttpHeaders> headers, IntPredicate alive) {
		this.method = method;
		this.path = path;
		this.headers = headers;
		this.alive = alive;
	}

	/**
	 * Creates a probe without headers that takes any answer for a sign of life.
	 * @param method the method, a safe one
	 * @param path the whole path from the root of the server, with the query if there is
	 * one, for example {@code /rest/v1/}
	 * @return a new probe
	 * @throws IllegalArgumentException if the path is not a valid one or is relative
	 */
	public static HttpProbe of(HttpMethod method, String path) {
		Assert.notNull(method, "'method' must not be null");
		Assert.isTrue(path.startsWith("/") && !path.startsWith("//"), "The path of a probe must begin with one '/'");
		URI.create(path);
		return new HttpProbe(method, path, () -> HttpHeaders.EMPTY, (status) -> true);
	}

	/**
	 * Creates a probe that asks for the options of a path, which PostgREST answers
	 * without its database.
	 * @param path the whole path from the root of the server
	 * @return a new probe
	 * @throws IllegalArgumentException if the path is not a valid one or is relative
	 */
	public static HttpProbe options(String path) {
		return of(HttpMethod.OPTIONS, path);
	}

	/**
	 * Returns a probe like this one that sends headers, such as an API key. They appear
	 * in no message.
	 * @param headers called for each probe, on an event loop, so it must not block
	 * @return a new probe
	 */
	public HttpProbe withHeaders(Supplier<HttpHeaders> headers) {
		Assert.notNull(headers, "'headers' must not be null");
		return new HttpProbe(this.method, this.path, headers, this.alive);
	}

	/**
	 * Returns a probe like this one that only takes certain answers for a sign of life.
	 * @param alive returns whether a status, such as 200, means that the connection is
	 * alive
	 * @return a new probe
	 */
	public HttpProbe aliveWhen(IntPredicate alive) {
		Assert.notNull(alive, "'alive' must not be null");
		return new HttpProbe(this.method, this.path, this.headers, alive);
	}

	HttpMethod method() {
		return this.method;
	}

	String path() {
		return this.path;
	}

	HttpHeaders headers() {
		return this.headers.get();
	}

	boolean isAlive(int status) {
		return this.alive.test(status);
	}

	/**
	 * Describes the probe without its headers and query, which may hold keys.
	 */
	@Override
	public String toString() {
		int query = this.path.indexOf('?');
		return this.method + " " + ((query != -1) ? this.path.substring(0, query) : this.path);
	}

}
