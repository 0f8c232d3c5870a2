package dev.dbpool.autoconfigure;

import java.net.URI;
import java.net.URISyntaxException;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * Reads the base URL from the configuration.
 */
final class ServerUrl {

	private static final String ACTION = "Set it to scheme and host, such as https://project.supabase.co.";

	private ServerUrl() {
	}

	static URI parse(String property, String value, String restPathProperty, String restPath) {
		String url = value.strip();
		check(!url.isEmpty(), ACTION, "%s is blank.", property);
		check(!KeyShape.isIn(url), ACTION, "%s holds a key.", property);
		check(!url.contains("@"), ACTION, "%s has a user name or password before its host.", property);
		URI uri = uri(property, url);
		check("http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()), ACTION,
				"%s is '%s', which does not begin with http:// or https://.", property, withoutQuery(url));
		check(uri.getHost() != null, ACTION, "%s is '%s', which names no host.", property, withoutQuery(url));
		check(uri.getRawQuery() == null && uri.getRawFragment() == null, ACTION,
				"%s is '%s', which has a query or a fragment.", property, withoutQuery(url));
		check(restPath.length() <= 1 || !withoutTrailingSlash(uri.getRawPath()).endsWith(restPath),
				"Leave the path out of " + property + ".",
				"%s is '%s', which ends in the REST path '%s' that %s appends.", property, url, restPath,
				restPathProperty);
		return uri;
	}

	private static URI uri(String property, String url) {
		try {
			return new URI(url);
		}
		catch (URISyntaxException ex) {
			throw new InvalidPoolConfigurationException(
					property + " is '" + withoutQuery(url) + "', which is not a URL: " + ex.getReason() + ".", ACTION);
		}
	}

	/**
	 * Returns what may be shown: queries and fragments can hold keys.
	 */
	static String withoutQuery(String url) {
		return url.replaceFirst("(?s)[?#].*", "?…");
	}

	private static String withoutTrailingSlash(String path) {
		return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
	}

}
