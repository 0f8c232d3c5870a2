package dev.dbpool.embedded;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Roles, tokens, scripts and settings, seen over HTTP.
 */
class PostgrestServerIntegrationTests {

	private static final String FIRST_USER = "00000000-0000-4000-8000-000000000001";

	@RegisterExtension
	static final PostgrestExtension extension = PostgrestExtension.of(EmbeddedPostgrest.builder()
		.script("classpath:cars.sql", "/cars-data.sql")
		.postgrestSetting("db-pool", "3")
		.postgresSetting("max_connections", "40"));

	private final PostgrestServer server;

	private final Rest rest;

	PostgrestServerIntegrationTests(PostgrestServer server) {
		this.server = server;
		this.rest = new Rest(server);
	}

	@Test
	void anonSeesNoRowsThatPoliciesHide() throws Exception {
		HttpResponse<String> answer = this.rest.get("/cars", this.server.anonKey());
		assertThat(answer.statusCode()).isEqualTo(200);
		assertThat(answer.body()).isEqualTo("[]");
	}

	@Test
	void anonSeesTablesWithoutRowLevelSecurity() throws Exception {
		assertThat(this.rest.get("/makes?order=name", this.server.anonKey()).body())
			.isEqualTo("[{\"name\":\"Opel\"}, \n {\"name\":\"VW\"}]");
	}

	@Test
	void serviceSeesEveryRow() throws Exception {
		assertThat(this.rest.get("/cars?select=make&order=id", this.server.serviceKey()).body()).contains("VW", "Opel");
	}

	@Test
	void userSeesTheirOwnRows() throws Exception {
		assertThat(this.rest.get("/cars?select=make", this.server.userToken(FIRST_USER)).body())
			.isEqualTo("[{\"make\":\"VW\"}]");
	}

	@Test
	void userAddsRowsOfTheirOwnOnly() throws Exception {
		String user = this.server.userToken("00000000-0000-4000-8000-000000000003");
		assertThat(this.rest.post("/cars", user, "{\"make\":\"Fiat\"}").statusCode()).isEqualTo(201);
		assertThat(this.rest.post("/cars", user, "{\"make\":\"Fiat\",\"owner\":\"" + FIRST_USER + "\"}").statusCode())
			.isEqualTo(403);
	}

	@Test
	void tokenCarriesAnyClaims() throws Exception {
		String token = this.server
			.token(Map.of("role", "authenticated", "sub", FIRST_USER, "app", Map.of("plan", "pro")));
		assertThat(this.rest.get("/cars?select=make", token).body()).isEqualTo("[{\"make\":\"VW\"}]");
	}

	@Test
	void expiredTokenIsRefused() throws Exception {
		String token = this.server.token(Map.of("role", "authenticated", "exp", Instant.now().minusSeconds(120)));
		assertThat(this.rest.get("/cars", token).statusCode()).isEqualTo(401);
	}

	@Test
	void tokenOfAnotherServerIsRefused() throws Exception {
		String token = new TokenSigner(Secrets.next(), Clock.systemUTC()).key("service_role");
		assertThat(this.rest.get("/cars", token).statusCode()).isEqualTo(401);
	}

	@Test
	void adminServerReportsThatPostgrestIsReady() throws Exception {
		HttpRequest request = HttpRequest.newBuilder(this.server.adminUrl().resolve("/ready")).build();
		assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
	}

	@Test
	void jdbcConnectionIsTheSuperusersAndSettingsHold() throws Exception {
		try (Connection connection = this.server.openJdbcConnection();
				Statement statement = connection.createStatement();
				ResultSet result = statement.executeQuery(
						"select current_user, current_setting('max_connections'), current_setting('server_version_num')::int / 10000, "
								+ "(select rolbypassrls and not rolcanlogin from pg_roles where rolname = 'service_role')")) {
			assertThat(result.next()).isTrue();
			assertThat(result.getString(1)).isEqualTo(this.server.jdbcUser());
			assertThat(result.getInt(2)).isEqualTo(40);
			assertThat(result.getInt(3)).isEqualTo(18);
			assertThat(result.getBoolean(4)).isTrue();
		}
	}

	@Test
	void reloadShowsNewTablesImmediately() throws Exception {
		for (int table = 0; table < 5; table++) {
			try (Connection connection = this.server.openJdbcConnection();
					Statement statement = connection.createStatement()) {
				statement.execute("create table public.fresh_" + table + " (id int)");
			}
			this.server.reloadSchemaCache();
			assertThat(this.rest.get("/fresh_" + table, this.server.anonKey()).statusCode()).isEqualTo(200);
		}
	}

	@Test
	void textFormHoldsNoSecret() {
		assertThat(this.server.toString()).contains(this.server.url().toString())
			.doesNotContain(this.server.jdbcPassword())
			.doesNotContain(this.server.anonKey());
	}

}
