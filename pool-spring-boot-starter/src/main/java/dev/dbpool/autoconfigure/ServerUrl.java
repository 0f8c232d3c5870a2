package dev.dbpool.autoconfigure;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * Reads the base URL and the REST path from the configuration.
 */
final class ServerUrl {

	private static final String ACTION = "Set it to scheme and host, such as https://project.supabase.co.";

	private static final String PATH_ACTION = "Set it to '/rest/v1', or to '/' for a bare PostgREST.";

	private static final Pattern DATABASE = Pattern.compile("(?i)(jdbc:)?(postgres(ql)?|psql|pgbouncer):.*");

	private static final Pattern PROJECT = Pattern
		.compile("(?:\\bdb\\.([a-z0-9]+)\\.supabase\\.co\\b|\\bpostgres\\.([a-z0-9]+)[:@]|/project/([a-z0-9]+))");

	private static final Pattern PORT = Pattern.compile(":(\\d+)$");

	private static final Pattern OTHER_API = Pattern.compile(".*/(auth|storage|functions|realtime|graphql)/v1");

	private static final Pattern PATH = Pattern.compile("(/[\\w.~%!$&'()*+,;=:@-]+)*/?");

	private static final String ADMIN_ACTION = "Set it to the URL of PostgREST's admin server, such as http://localhost:3001.";

	private static final Pattern ADMIN = Pattern
		.compile("(?i)https?://(?:[a-z\\d.-]+|\\[[\\da-f:.]+])(?::(\\d+))?(?:/[\\w.~/-]*)?");

	private ServerUrl() {
	}

	/**
	 * Reads a base URL.
	 * @param property where it was given
	 * @param value the URL
	 * @param restPathProperty the property of the REST path
	 * @param restPath the REST path
	 * @throws InvalidPoolConfigurationException if it is not the URL of an API
	 */
	static URI parse(String property, String value, String restPathProperty, String restPath) {
		String url = value.strip();
		check(!url.isEmpty(), ACTION, "%s is blank.", property);
		check(!KeyShape.isIn(url), ACTION, "%s holds a key.", property);
		check(!DATABASE.matcher(url).matches(), apiOf(url),
				"%s is the address of the database, but the pool needs that of the API.", property);
		check(!url.contains("@"), ACTION, "%s has a user name or password before its host.", property);
		URI uri = uri(property, url);
		check("http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()), ACTION,
				"%s is '%s', which does not begin with http:// or https://.", property, withoutQuery(url));
		checkHost(property, url, uri);
		checkPath(property, url, uri, restPathProperty, restPath);
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

	private static void checkHost(String property, String url, URI uri) {
		String authority = (uri.getRawAuthority() != null) ? uri.getRawAuthority() : "";
		check(!authority.contains("_"), "Give the host a name without underscores, or use its address.",
				"%s is '%s', whose host name has an underscore, which a URL does not allow.", property,
				withoutQuery(url));
		Matcher port = PORT.matcher(authority);
		check(!port.find() || isPort(port.group(1)), "Set the port to a number from 1 to 65535, or leave it out.",
				"%s is '%s', whose port is not between 1 and 65535.", property, withoutQuery(url));
		check(uri.getHost() != null, ACTION, "%s is '%s', which names no host.", property, withoutQuery(url));
		String host = uri.getHost().toLowerCase(Locale.ROOT);
		check(!host.matches("db\\..*\\.supabase\\.co|.*\\.pooler\\.supabase\\.com"), apiOf(url),
				"%s is '%s', which names the database, but the pool needs the URL of the API.", property,
				withoutQuery(url));
		check(!host.matches("((www|app)\\.)?supabase\\.(com|io)"), apiOf(url),
				"%s is '%s', which is a page of Supabase, but the pool needs the URL of the API.", property,
				withoutQuery(url));
	}

	private static boolean isPort(String digits) {
		return digits.length() <= 5 && Integer.parseInt(digits) >= 1 && Integer.parseInt(digits) <= 65535;
	}

	private static void checkPath(String property, String url, URI uri, String restPathProperty, String restPath) {
		check(uri.getRawQuery() == null && uri.getRawFragment() == null, ACTION,
				"%s is '%s', which has a query or a fragment.", property, withoutQuery(url));
		String path = uri.getRawPath().replaceFirst("/+$", "");
		check(restPath.length() <= 1 || !path.endsWith(restPath), "Leave the path out of " + property + ".",
				"%s is '%s', which ends in the REST path '%s' that %s appends.", property, url, restPath,
				restPathProperty);
		check(!OTHER_API.matcher(path).matches(), "Leave the path out of " + property + ".",
				"%s is '%s', which is another API of the project.", property, url);
	}

	/**
	 * Reads the REST path.
	 * @param property the property in which it was given
	 * @param path the path
	 * @throws InvalidPoolConfigurationException if it is not a path
	 */
	static String restPath(String property, String path) {
		String shown = KeyShape.isIn(path) ? "…" : withoutQuery(path);
		check(path.startsWith("/"), PATH_ACTION, "%s is '%s', which does not begin with a slash.", property, shown);
		check(!path.contains("?") && !path.contains("#"), PATH_ACTION, "%s is '%s', which has a query or a fragment.",
				property, shown);
		check(PATH.matcher(path).matches(), PATH_ACTION,
				"%s is '%s', which has a character that a path does not allow, such as a space, or an empty part.",
				property, shown);
		return path;
	}

	/**
	 * Reads the URL of an admin server.
	 * @param property the property in which it was given
	 * @param value the URL
	 * @return the URL without a slash at its end
	 * @throws InvalidPoolConfigurationException if it is not the URL of a server
	 */
	static URI admin(String property, String value) {
		String url = value.strip().replaceFirst("/+$", "");
		Matcher parts = ADMIN.matcher(url);
		check(parts.matches() && (parts.group(1) == null || isPort(parts.group(1))), ADMIN_ACTION,
				"%s is %s, which is not the URL of a server.", property, ShownValue.of(property, url));
		return uri(property, url);
	}

	private static String apiOf(String url) {
		Matcher project = PROJECT.matcher(url);
		if (!project.find()) {
			return "Set it to the URL of the project's API, such as https://project.supabase.co.";
		}
		String ref = (project.group(1) != null) ? project.group(1)
				: (project.group(2) != null) ? project.group(2) : project.group(3);
		return "Set it to the URL of the project's API: https://" + ref + ".supabase.co.";
	}

	/**
	 * Returns what may be shown: queries and fragments can hold keys.
	 */
	static String withoutQuery(String url) {
		return url.replaceFirst("(?s)[?#].*", "?…");
	}

}
