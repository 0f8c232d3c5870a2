package dev.dbpool.embedded;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * PostgREST's configuration file, which holds secrets.
 */
final class PostgrestConfiguration {

	private final Map<String, String> settings = new LinkedHashMap<>();

	/**
	 * Starts with what the user asked for.
	 */
	PostgrestConfiguration(Settings settings, String jwtSecret) {
		this.settings.putAll(settings.postgrestSettings());
		this.settings.put("db-schemas", String.join(",", settings.schemas()));
		this.settings.put("db-anon-role", "anon");
		this.settings.put("jwt-secret", jwtSecret);
	}

	PostgrestConfiguration database(String host, int port, String authenticatorPassword) {
		this.settings.put("db-uri", "postgres://%s:%s@%s:%d/%s".formatted(Database.AUTHENTICATOR, authenticatorPassword,
				host, port, DatabaseLogin.DATABASE));
		return this;
	}

	PostgrestConfiguration listen(String host, int port, int adminPort) {
		this.settings.put("server-host", host);
		this.settings.put("server-port", Integer.toString(port));
		this.settings.put("admin-server-port", Integer.toString(adminPort));
		return this;
	}

	/**
	 * The content of the file.
	 */
	String text() {
		return this.settings.entrySet()
			.stream()
			.map((setting) -> "%s = \"%s\"\n".formatted(setting.getKey(), escape(setting.getValue())))
			.collect(Collectors.joining());
	}

	private static String escape(String value) {
		return value.replace("\\", "\\\\").replace("\"", "\\\"");
	}

}
