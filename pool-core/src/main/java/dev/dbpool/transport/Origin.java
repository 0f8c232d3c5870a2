package dev.dbpool.transport;

import java.net.URI;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * The scheme, host and port to which a socket leads.
 *
 * @param scheme {@code http} or {@code https}
 * @param host the host, an IPv6 address in brackets
 * @param port the port, also when it is the scheme's default
 * @param authority host and port as the base URL had them
 */
record Origin(String scheme, String host, int port, String authority) {

	static Origin of(URI baseUrl) {
		String scheme = (baseUrl.getScheme() != null) ? baseUrl.getScheme().toLowerCase(Locale.ROOT) : "";
		String host = baseUrl.getHost();
		if (!scheme.equals("http") && !scheme.equals("https")) {
			throw new IllegalArgumentException("The base URL must begin with http:// or https://, not '%s'"
				.formatted((baseUrl.getScheme() != null) ? baseUrl.getScheme() + ":" : describe(baseUrl)));
		}
		if (host == null) {
			throw new IllegalArgumentException(
					"The base URL has no valid host name (letters, digits, hyphens and dots): " + describe(baseUrl));
		}
		if (baseUrl.getRawUserInfo() != null) {
			throw new IllegalArgumentException("The base URL must not hold a user or password: " + describe(baseUrl)
					+ ". Send credentials in a header");
		}
		int port = port(scheme, baseUrl);
		String authority = (baseUrl.getPort() != -1) ? host + ":" + port : host;
		return new Origin(scheme, host, port, authority);
	}

	/**
	 * Returns whether a request to this URI goes to this origin. A URI without scheme and
	 * authority does.
	 * @param uri the URI of a request
	 * @return {@code false} for every other scheme, host or port
	 */
	boolean includes(URI uri) {
		String scheme = uri.getScheme();
		if (scheme == null) {
			return uri.getRawAuthority() == null && uri.getRawPath().startsWith("/");
		}
		if (!this.scheme.equalsIgnoreCase(scheme)) {
			return false;
		}
		if (this.authority.equals(uri.getRawAuthority())) {
			return true;
		}
		return this.host.equalsIgnoreCase(uri.getHost()) && this.port == port(this.scheme, uri)
				&& uri.getRawUserInfo() == null;
	}

	/**
	 * Whether a {@code Host} header names this origin. Headers by which proxies pass on
	 * the host of another request, such as {@code X-Forwarded-Host}, do not decide where
	 * a request goes and are not looked at.
	 * @param host the value of the header
	 */
	boolean isNamedBy(String host) {
		return this.authority.equalsIgnoreCase(host) || (this.host + ":" + this.port).equalsIgnoreCase(host);
	}

	URI resolve(String pathAndQuery) {
		return URI.create(this + pathAndQuery);
	}

	boolean isSecure() {
		return this.scheme.equals("https");
	}

	/**
	 * Describes where a URI leads, without the parts that may hold secrets.
	 * @param uri any URI
	 * @return its scheme, host and port
	 */
	static String describe(URI uri) {
		@Nullable String authority = uri.getRawAuthority();
		if (authority == null) {
			return (uri.getScheme() != null) ? uri.getScheme() + ":" : "a relative reference";
		}
		authority = authority.substring(authority.lastIndexOf('@') + 1);
		return (uri.getScheme() != null) ? uri.getScheme() + "://" + authority : "//" + authority;
	}

	private static int port(String scheme, URI uri) {
		if (uri.getPort() != -1) {
			return uri.getPort();
		}
		return scheme.equals("https") ? 443 : 80;
	}

	@Override
	public String toString() {
		return this.scheme + "://" + this.authority;
	}

}
