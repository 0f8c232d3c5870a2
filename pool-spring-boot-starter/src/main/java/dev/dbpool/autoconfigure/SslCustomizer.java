package dev.dbpool.autoconfigure;

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

/**
 * Opens connections with an SSL bundle, if there is one: the pool's own, else that of all
 * HTTP clients.
 */
final class SslCustomizer implements PooledClientBuilderCustomizer {

	private final Optional<SslContext> context;

	private SslCustomizer(Optional<SslContext> context) {
		this.context = context;
	}

	static SslCustomizer of(PoolConfiguration pool, ObjectProvider<SslBundles> bundles,
			ObjectProvider<HttpClientSettings> settings) {
		String name = pool.properties().ssl().bundle();
		Optional<SslBundle> bundle = (name != null) ? Optional.of(bundle(pool, name, bundles.getObject()))
				: Optional.ofNullable(settings.getIfAvailable()).map(HttpClientSettings::sslBundle);
		return new SslCustomizer(bundle.map(SslCustomizer::context));
	}

	private static SslBundle bundle(PoolConfiguration pool, String name, SslBundles bundles) {
		try {
			return bundles.getBundle(name);
		}
		catch (NoSuchSslBundleException ex) {
			throw new InvalidPoolConfigurationException(
					pool.property("ssl.bundle") + " is '" + name + "', and there is no SSL bundle of that name.",
					"Define it under spring.ssl.bundle, or correct the name.");
		}
	}

	private static SslContext context(SslBundle bundle) {
		SslOptions options = bundle.getOptions();
		SslContextBuilder builder = SslContextBuilder.forClient()
			.keyManager(bundle.getManagers().getKeyManagerFactory())
			.trustManager(bundle.getManagers().getTrustManagerFactory())
			.ciphers(SslOptions.asSet(options.getCiphers()))
			.protocols(SslOptions.asSet(options.getEnabledProtocols()));
		try {
			return builder.build();
		}
		catch (SSLException ex) {
			throw new IllegalStateException("The SSL bundle of the database pool cannot be used", ex);
		}
	}

	@Override
	public void customize(PooledClientBuilder builder) {
		this.context
			.ifPresent((context) -> builder.httpClient((client) -> client.secure((spec) -> spec.sslContext(context))));
	}

}
