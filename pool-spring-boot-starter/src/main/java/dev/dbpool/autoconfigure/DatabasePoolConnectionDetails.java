package dev.dbpool.autoconfigure;

import java.net.URI;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where the REST API is and which keys open it. A bean of this type replaces the
 * properties {@code db.pool.url}, {@code db.pool.rest-path}, {@code db.pool.anon-key} and
 * {@code db.pool.service-role-key}.
 */
public interface DatabasePoolConnectionDetails extends ConnectionDetails {

	/**
	 * Returns the base URL of the project, without the REST path.
	 * @return the URL
	 */
	URI getUrl();

	/**
	 * Returns where the REST API begins below the URL.
	 * @return the path; {@code /} for a bare PostgREST
	 */
	default String getRestPath() {
		return "/rest/v1";
	}

	/**
	 * Returns the anonymous or publishable key.
	 * @return the key, or {@code null} for none, as a bare PostgREST allows
	 */
	@Nullable String getAnonKey();

	/**
	 * Returns the service role or secret key.
	 * @return the key, or {@code null} if the application has no need of it
	 */
	default @Nullable String getServiceRoleKey() {
		return null;
	}

	/**
	 * Returns the URL of PostgREST's admin server.
	 * @return the URL, or {@code null} for that of {@code db.pool.admin-url}
	 */
	default @Nullable URI getAdminUrl() {
		return null;
	}

}
