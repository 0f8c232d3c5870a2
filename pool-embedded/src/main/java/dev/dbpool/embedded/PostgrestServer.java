package dev.dbpool.embedded;

import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/**
 * A PostgREST server on a PostgreSQL server of its own, with the roles, keys and tokens
 * of a Supabase project. Safe for use by several threads.
 *
 * @see EmbeddedPostgrest
 * @see ContainerPostgrest
 */
public interface PostgrestServer extends AutoCloseable {

	/**
	 * The base URL of PostgREST. It is bare, without Supabase's gateway: its REST path is
	 * {@code /}.
	 * @return the base URL, without a trailing slash
	 */
	URI url();

	/**
	 * The URL of PostgREST's admin server, which answers {@code /live}, {@code /ready}
	 * and, from PostgREST 12.1 on, {@code /metrics}.
	 * @return the URL, without a trailing slash
	 */
	URI adminUrl();

	/**
	 * The public key: a JWT with the role {@code anon} that stays valid for years.
	 * @return the key
	 */
	String anonKey();

	/**
	 * A key that bypasses row-level security: a JWT with the role {@code service_role}
	 * that stays valid for years.
	 * @return the key
	 */
	String serviceKey();

	/**
	 * Signs a token for a signed-in user: a JWT with the role {@code authenticated} that
	 * is valid for an hour.
	 * @param subject the id of the user, which {@code auth.uid()} returns in SQL; that
	 * function takes UUIDs only, as Supabase's does
	 * @return the token
	 */
	String userToken(String subject);

	/**
	 * Signs a token with any claims. Nothing is added to them: without {@code exp} the
	 * token never expires.
	 * @param claims the claims: strings, numbers, booleans, {@code Instant}s (written as
	 * seconds since 1970), maps, iterables and {@code null}
	 * @return the token
	 */
	String token(Map<String, ?> claims);

	/**
	 * The JDBC URL of the database, without a user and password.
	 * @return the URL
	 */
	String jdbcUrl();

	/**
	 * The superuser of the database.
	 * @return the user name
	 */
	String jdbcUser();

	/**
	 * The password of the superuser.
	 * @return the password
	 */
	String jdbcPassword();

	/**
	 * Opens a connection to the database as its superuser.
	 * @return a new connection, which the caller closes
	 * @throws SQLException if PostgreSQL does not answer
	 */
	Connection openJdbcConnection() throws SQLException;

	/**
	 * Makes PostgREST read the database schema again, and waits until it works with a
	 * schema that was read after this call began. To be called after DDL.
	 * @throws EmbeddedPostgrestException if it did not within the startup timeout
	 * @throws IllegalStateException if one of the servers does not run
	 */
	void reloadSchemaCache();

	/**
	 * Brings both servers back to work after any fault: resumes what is paused, starts
	 * what was stopped or died, and waits until PostgREST answers from the database. A
	 * PostgREST that still pauses between its attempts to reach the database is restarted
	 * instead of waited for.
	 * @throws EmbeddedPostgrestException if they did not get ready within the startup
	 * timeout
	 */
	void ensureRunning();

	/**
	 * The control of the PostgreSQL server.
	 * @return the control
	 */
	ServerControl postgres();

	/**
	 * The control of the PostgREST server.
	 * @return the control
	 */
	ServerControl postgrest();

	/**
	 * Ends both servers, paused or not, and removes everything that they left on disk.
	 * Does nothing the second time.
	 */
	@Override
	void close();

}
