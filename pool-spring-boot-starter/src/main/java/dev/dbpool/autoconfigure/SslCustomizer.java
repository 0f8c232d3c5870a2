package dev.dbpool.autoconfigure;

import java.io.UncheckedIOException;
import java.util.Optional;

import javax.net.ssl.SSLException;

import dev.dbpool.client.PooledClientBuilder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.core.NestedExceptionUtils;

/**
 * Opens the connections of a pool with an SSL bundle, if there is one: its own, else that
 * of all HTTP clients.
 */
final class SslCustomizer implements PooledClientBuilderCustomizer {

	private final DatabasePools pools;

	private final ObjectProvider<SslBundles> bundles;

	private final ObjectProvider<HttpClientSettings> settings;

	SslCustomizer(DatabasePools pools, ObjectProvider<SslBundles> bundles,
			ObjectProvider<HttpClientSettings> settings) {
		this.pools = pools;
		this.bundles = bundles;
		this.settings = settings;
	}

	@Override
	public void customize(PooledClientBuilder builder) {
		context(this.pools.configuration(builder.name()))
			.ifPresent((context) -> builder.httpClient((client) -> client.secure((spec) -> spec.sslContext(context))));
	}

	private Optional<SslContext> context(PoolConfiguration pool) {
		String name = pool.properties().ssl().bundle();
		if (name != null) {
			return Optional.of(context(pool, name, this.bundles.getObject()));
		}
		return Optional.ofNullable(this.settings.getIfAvailable())
			.map(HttpClientSettings::sslBundle)
			.map((bundle) -> context(bundle, "The SSL bundle of spring.http.clients.ssl.bundle"));
	}

	private static SslContext context(PoolConfiguration pool, String name, SslBundles bundles) {
		String description = pool.property("ssl.bundle") + " is '" + name + "'";
		try {
			return context(bundles.getBundle(name), description + ", which");
		}
		catch (NoSuchSslBundleException ex) {
			throw new InvalidPoolConfigurationException(description + ", and there is no SSL bundle of that name.",
					"Define it under spring.ssl.bundle, or correct the name.");
		}
	}

	private static SslContext context(SslBundle bundle, String description) {
		SslOptions options = bundle.getOptions();
		try {
			return SslContextBuilder.forClient()
				.keyManager(bundle.getManagers().getKeyManagerFactory())
				.trustManager(bundle.getManagers().getTrustManagerFactory())
				.ciphers(SslOptions.asSet(options.getCiphers()))
				.protocols(SslOptions.asSet(options.getEnabledProtocols()))
				.build();
		}
		catch (IllegalStateException | IllegalArgumentException | UncheckedIOException | SSLException ex) {
			throw new InvalidPoolConfigurationException(
					description + " cannot be used: " + NestedExceptionUtils.getMostSpecificCause(ex).getMessage()
							+ ".",
					"Correct the bundle under spring.ssl.bundle: its files, their passwords, ciphers and protocols.");
		}
	}

}
