package dev.dbpool.client;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Clients of a real server, and what their transactions left in its tables.
 */
abstract class TransactionTestSupport extends ClientTestSupport {

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
