package dev.dbpool.benchmark.engine;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.jspecify.annotations.Nullable;

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
		return hikari(connections, patience, null);
	}

	static BlockingPool hikariWithMetrics(int connections, Duration patience) {
		return hikari(connections, patience, new SimpleMeterRegistry());
	}

	private static BlockingPool hikari(int connections, Duration patience, @Nullable MeterRegistry registry) {
		HikariConfig configuration = new HikariConfig();
		configuration.setDriverClassName(StubDriver.class.getName());
		configuration.setJdbcUrl(StubDriver.URL);
		configuration.setMinimumIdle(connections);
		configuration.setMaximumPoolSize(connections);
		configuration.setConnectionTimeout(patience.toMillis());
		configuration.setMetricRegistry(registry);
		HikariDataSource dataSource = new HikariDataSource(configuration);
		return new JdbcPool(dataSource, dataSource::close);
	}

	static BlockingPool agroal(int connections, Duration patience) throws SQLException {
		return agroal(connections, patience, false);
	}

	static BlockingPool agroalWithMetrics(int connections, Duration patience) throws SQLException {
		return agroal(connections, patience, true);
	}

	private static BlockingPool agroal(int connections, Duration patience, boolean metrics) throws SQLException {
		AgroalDataSource dataSource = AgroalDataSource
			.from(new AgroalDataSourceConfigurationSupplier().metricsEnabled(metrics)
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
