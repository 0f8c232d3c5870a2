package dev.dbpool.client;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import dev.dbpool.embedded.ContainerPostgrest;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.junit.PostgrestExtension;
import dev.dbpool.transaction.TransactionSql;

/**
 * Servers with the SQL of transactions in two schemas, without it in a third, and with an
 * old version in a fourth.
 */
abstract class TransactionTestSupport extends ClientTestSupport {

	private static final String[] SCHEMAS = { "public", "api", "bare", "old" };

	private static final String[] SCRIPTS = { SCRIPT, TransactionSql.RESOURCE, "dev/dbpool/client/transaction-api.sql",
			TransactionSql.RESOURCE, "dev/dbpool/client/transaction-tests.sql" };

	static PostgrestExtension embedded() {
		return PostgrestExtension.of(EmbeddedPostgrest.builder().schemas(SCHEMAS).script(SCRIPTS));
	}

	static PostgrestExtension container() {
		return PostgrestExtension.of(() -> ContainerPostgrest.builder().schemas(SCHEMAS).script(SCRIPTS).start());
	}

	long number(String sql) {
		try (Connection connection = server().openJdbcConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery(sql)) {
			rows.next();
			return rows.getLong(1);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	void sql(String sql) {
		try (Connection connection = server().openJdbcConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	long sales(String reference) {
		return number("select count(*) from sales where reference = '" + reference + "'");
	}

	record Sale(long id, String reference, String note, BigDecimal total, BigDecimal total_with_tax) {

	}

	record SaleItem(long id, long sale_id, String article, int amount) {

	}

	record Draft(String reference, BigDecimal total) {

	}

}
