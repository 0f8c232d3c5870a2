package dev.dbpool.embedded;

import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Map;

/**
 * A server on a running stack.
 */
abstract class RunningPostgrest implements PostgrestServer {

	private final Stack stack;

	private final TokenSigner tokens;

	private final String anonKey;

	private final String serviceKey;

	private RunningPostgrest(Stack stack, TokenSigner tokens) {
		this.stack = stack;
		this.tokens = tokens;
		this.anonKey = tokens.key("anon");
		this.serviceKey = tokens.key("service_role");
	}

	private RunningPostgrest(Settings settings, Stack.Starter starter, String jwtSecret) {
		this(Stack.start(settings, jwtSecret, starter), new TokenSigner(jwtSecret, Clock.systemUTC()));
	}

	/**
	 * Starts the servers with a new secret.
	 */
	RunningPostgrest(Settings settings, Stack.Starter starter) {
		this(settings, starter, Secrets.next());
	}

	@Override
	public final URI url() {
		return url(this.stack.postgrest().port());
	}

	@Override
	public final URI adminUrl() {
		return url(this.stack.postgrest().adminPort());
	}

	private URI url(int port) {
		return URI.create("http://" + this.stack.login().host() + ":" + port);
	}

	@Override
	public final String anonKey() {
		return this.anonKey;
	}

	@Override
	public final String serviceKey() {
		return this.serviceKey;
	}

	@Override
	public final String userToken(String subject) {
		return this.tokens.userToken(subject);
	}

	@Override
	public final String token(Map<String, ?> claims) {
		return this.tokens.sign(claims);
	}

	@Override
	public final String jdbcUrl() {
		return this.stack.login().url();
	}

	@Override
	public final String jdbcUser() {
		return DatabaseLogin.USER;
	}

	@Override
	public final String jdbcPassword() {
		return this.stack.login().password();
	}

	@Override
	public final Connection openJdbcConnection() throws SQLException {
		return this.stack.login().open();
	}

	@Override
	public final void reloadSchemaCache() {
		this.stack.reloadSchemaCache();
	}

	@Override
	public final void ensureRunning() {
		this.stack.ensureRunning();
	}

	@Override
	public final ServerControl postgres() {
		return this.stack.postgres();
	}

	@Override
	public final ServerControl postgrest() {
		return this.stack.postgrest();
	}

	@Override
	public final void close() {
		this.stack.close();
	}

	/**
	 * Names the URL, and no key and no password.
	 */
	@Override
	public final String toString() {
		return getClass().getSimpleName() + "[" + url() + ", " + jdbcUrl() + "]";
	}

}
