package dev.dbpool.transaction;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The SQL that transactions need in the database: one file of plain SQL, which psql, a
 * Supabase migration or Flyway installs, and which may be run again.
 */
public final class TransactionSql {

	/**
	 * Where it is on the class path.
	 */
	public static final String RESOURCE = "dev/dbpool/transaction/transaction.sql";

	/**
	 * The version that this client needs. A newer one in the database serves as well.
	 */
	public static final int VERSION = 1;

	private TransactionSql() {
	}

	/**
	 * Reads it.
	 * @return the SQL
	 */
	public static String read() {
		try (InputStream resource = TransactionSql.class.getResourceAsStream("transaction.sql")) {
			if (resource == null) {
				throw new IllegalStateException(RESOURCE + " is missing on the class path");
			}
			return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
