package dev.dbpool.transport;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A certificate for {@code localhost} that no trust store knows.
 *
 * @param serverSockets makes sockets that present it
 * @param trusting a context of clients that trust it
 * @param keyStore holds it and its key under the alias {@code localhost}
 */
public record TestCertificate(ServerSocketFactory serverSockets, SslContext trusting, KeyStore keyStore) {

	private static final char[] PASSWORD = "changeit".toCharArray();

	/**
	 * Returns the certificate, one for all test classes of the JVM.
	 */
	public static TestCertificate get() {
		return Holder.CERTIFICATE;
	}

	private static TestCertificate create() {
		try {
			Path directory = Files.createTempDirectory("dbpool-certificate");
			Path file = directory.resolve("localhost.p12");
			try {
				return create(file);
			}
			finally {
				Files.deleteIfExists(file);
				Files.delete(directory);
			}
		}
		catch (Exception ex) {
			throw new IllegalStateException("no certificate", ex);
		}
	}

	private static TestCertificate create(Path file) throws Exception {
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-genkeypair", "-alias", "localhost", "-keyalg",
				"EC", "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-storetype", "PKCS12", "-keystore",
				file.toString(), "-storepass", "changeit")
			.redirectErrorStream(true)
			.start();
		String output = new String(keytool.getInputStream().readAllBytes());
		assertThat(keytool.waitFor()).as(output).isZero();
		KeyStore keyStore = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(file)) {
			keyStore.load(in, PASSWORD);
		}
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init(keyStore, PASSWORD);
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		trusted.setCertificateEntry("localhost", keyStore.getCertificate("localhost"));
		trust.init(trusted);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), null, null);
		return new TestCertificate(context.getServerSocketFactory(),
				SslContextBuilder.forClient().trustManager(trust).build(), keyStore);
	}

	/**
	 * Returns a context of servers that present it.
	 * @param protocols what they choose from in the handshake (ALPN)
	 */
	SslContext serving(String... protocols) throws Exception {
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init(this.keyStore, PASSWORD);
		return SslContextBuilder.forServer(keys)
			.applicationProtocolConfig(new ApplicationProtocolConfig(Protocol.ALPN,
					SelectorFailureBehavior.NO_ADVERTISE, SelectedListenerFailureBehavior.ACCEPT, protocols))
			.build();
	}

	/**
	 * Writes the certificate as other programs read it.
	 */
	public Path writeCertificate(Path file) throws Exception {
		return Files.writeString(file, pem("CERTIFICATE", this.keyStore.getCertificate("localhost").getEncoded()));
	}

	/**
	 * Writes the key as other programs read it.
	 */
	public Path writeKey(Path file) throws Exception {
		return Files.writeString(file, pem("PRIVATE KEY", this.keyStore.getKey("localhost", PASSWORD).getEncoded()));
	}

	private static String pem(String type, byte[] content) {
		return "-----BEGIN %s-----%n%s%n-----END %1$s-----%n".formatted(type,
				Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content));
	}

	private static final class Holder {

		private static final TestCertificate CERTIFICATE = create();

	}

}
