package dev.dbpool.benchmark.engine;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;

/**
 * A pooled {@link DataSource} as applications use it, over a driver that does nothing.
 * Its timeout is one for all callers.
 */
final class JdbcPool implements BlockingPool {

	private final DataSource dataSource;

	private final Runnable close;

	private JdbcPool(DataSource dataSource, Runnable close) {
		this.dataSource = dataSource;
		this.close = close;
	}

	static BlockingPool hikari(int connections, Duration patience) {
		HikariConfig configuration = new HikariConfig();
		configuration.setDriverClassName(StubDriver.class.getName());
		configuration.setJdbcUrl(StubDriver.URL);
		configuration.setMinimumIdle(connections);
		configuration.setMaximumPoolSize(connections);
		configuration.setConnectionTimeout(patience.toMillis());
		HikariDataSource dataSource = new HikariDataSource(configuration);
		return new JdbcPool(dataSource, dataSource::close);
	}

	static BlockingPool agroal(int connections, Duration patience) throws SQLException {
		AgroalDataSource dataSource = AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
			.connectionPoolConfiguration((pool) -> pool.initialSize(connections)
				.minSize(connections)
				.maxSize(connections)
				.acquisitionTimeout(patience)
				.connectionFactoryConfiguration(
						(factory) -> factory.connectionProviderClass(StubDriver.class).jdbcUrl(StubDriver.URL))));
		return new JdbcPool(dataSource, dataSource::close);
	}

	@Override
	public Object acquire() throws SQLException {
		return this.dataSource.getConnection();
	}

	@Override
	public void release(Object lease) throws SQLException {
		((Connection) lease).close();
	}

	@Override
	public void close() {
		this.close.run();
	}

}
