package dev.dbpool.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.Test;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The scripts on a database that looks like a Supabase project: everything that is new in
 * the schema {@code public} belongs to everyone until it is revoked.
 */
class ScriptsIntegrationTests {

	private static final String[] SCRIPTS = { "schema.sql", "policies.sql", "seed.sql", "slow-queries.sql" };

	@Test
	void scriptsCanBeRunAgainAndTakeBackWhatSupabaseGrants() throws Exception {
		try (PostgrestServer server = EmbeddedPostgrest.start(); Connection connection = server.openJdbcConnection()) {
			grantLikeSupabase(connection);
			run(connection);
			String before = fingerprint(connection);
			run(connection);
			assertThat(fingerprint(connection)).isEqualTo(before);
			assertThat(privileges(connection, "anon")).isEqualTo("products SELECT");
			assertThat(privileges(connection, "authenticated"))
				.isEqualTo("orders SELECT, products SELECT, users SELECT");
			assertThat(query(connection, "select count(*) from pg_class where relnamespace = 'public'::regnamespace "
					+ "and relkind = 'r' and not relrowsecurity"))
				.isEqualTo("0");
		}
	}

	private static void grantLikeSupabase(Connection connection) throws SQLException {
		execute(connection, "alter default privileges in schema public grant all on tables to anon, authenticated, "
				+ "service_role");
		execute(connection, "alter default privileges in schema public grant all on functions to anon, authenticated, "
				+ "service_role");
	}

	private static void run(Connection connection) throws SQLException, IOException {
		for (String script : SCRIPTS) {
			execute(connection,
					new ClassPathResource("marketplace/" + script).getContentAsString(StandardCharsets.UTF_8));
		}
	}

	private static String fingerprint(Connection connection) throws SQLException {
		return query(connection, """
				select concat_ws(' ',
					(select md5(string_agg(u::text, '' order by id)) from users u),
					(select md5(string_agg(s::text, '' order by id)) from shops s),
					(select md5(string_agg(p::text, '' order by id)) from products p),
					(select md5(string_agg(o::text, '' order by id)) from orders o),
					(select count(*) from pg_policies),
					(select last_value from orders_id_seq))""");
	}

	private static String privileges(Connection connection, String role) throws SQLException {
		return query(connection,
				"select string_agg(table_name || ' ' || privilege_type, ', ' "
						+ "order by table_name, privilege_type) from information_schema.table_privileges "
						+ "where table_schema = 'public' and grantee = '" + role + "'");
	}

	private static void execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static String query(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
			rows.next();
			return rows.getString(1);
		}
	}

}
