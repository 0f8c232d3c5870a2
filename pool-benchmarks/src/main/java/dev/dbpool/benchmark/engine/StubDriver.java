package dev.dbpool.benchmark.engine;

import java.lang.reflect.Modifier;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;
import java.util.logging.Logger;

import net.bytebuddy.ByteBuddy;
import net.bytebuddy.implementation.StubMethod;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * A driver whose connections answer each call with nothing at all. Public, and with a
 * public constructor, for the pools that create drivers by their name.
 */
public final class StubDriver implements Driver {

	static final String URL = "jdbc:stub:";

	private static final Class<? extends StubConnection> CONNECTION = new ByteBuddy().subclass(StubConnection.class)
		.modifiers(Modifier.PUBLIC | Modifier.FINAL)
		.method(ElementMatchers.isAbstract())
		.intercept(StubMethod.INSTANCE)
		.make()
		.load(StubDriver.class.getClassLoader())
		.getLoaded();

	@Override
	public Connection connect(String url, Properties info) throws SQLException {
		try {
			return CONNECTION.getDeclaredConstructor().newInstance();
		}
		catch (ReflectiveOperationException ex) {
			throw new SQLException("no stub", ex);
		}
	}

	@Override
	public boolean acceptsURL(String url) {
		return URL.equals(url);
	}

	@Override
	public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
		return new DriverPropertyInfo[0];
	}

	@Override
	public int getMajorVersion() {
		return 1;
	}

	@Override
	public int getMinorVersion() {
		return 0;
	}

	@Override
	public boolean jdbcCompliant() {
		return false;
	}

	@Override
	public Logger getParentLogger() {
		return Logger.getGlobal();
	}

	/**
	 * A connection that works. What it leaves abstract answers with the default of its
	 * type.
	 */
	public abstract static class StubConnection implements Connection {

		/**
		 * Creates a connection.
		 */
		protected StubConnection() {
		}

		@Override
		public boolean isValid(int timeout) {
			return true;
		}

		@Override
		public boolean getAutoCommit() {
			return true;
		}

		@Override
		public int getTransactionIsolation() {
			return TRANSACTION_READ_COMMITTED;
		}

	}

}
