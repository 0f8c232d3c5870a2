package dev.dbpool.benchmark.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * A self-signed certificate of 127.0.0.1 with its key, in a PKCS#12 file that serves as
 * the key store of the server and as the trust store of the clients.
 *
 * @param file the PKCS#12 file
 */
public record Certificate(Path file) {

	/** The password of the file. */
	public static final String PASSWORD = "changeit";

	/**
	 * Generates a certificate with the {@code keytool} of this JDK.
	 * @param directory where its file is written
	 * @return the certificate
	 * @throws IOException if it cannot be generated
	 */
	public static Certificate generate(Path directory) throws IOException {
		Path file = directory.resolve("server.p12");
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname", "CN=127.0.0.1", "-ext",
				"san=ip:127.0.0.1", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass", PASSWORD)
			.redirectErrorStream(true)
			.start();
		String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		if (!Files.exists(file)) {
			throw new IOException("keytool generated no certificate: " + output);
		}
		return new Certificate(file);
	}

	/**
	 * Returns the key of the server.
	 * @return an initialised factory
	 */
	public KeyManagerFactory keys() {
		try {
			KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
			keys.init(keyStore(), PASSWORD.toCharArray());
			return keys;
		}
		catch (GeneralSecurityException | IOException ex) {
			throw unreadable(ex);
		}
	}

	/**
	 * Returns what clients trust: this certificate alone.
	 * @return an initialised factory
	 */
	public TrustManagerFactory trust() {
		try {
			TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
			trust.init(keyStore());
			return trust;
		}
		catch (GeneralSecurityException | IOException ex) {
			throw unreadable(ex);
		}
	}

	/**
	 * Returns what clients trust, in the form of one trust manager.
	 * @return the trust manager
	 */
	public X509TrustManager trustManager() {
		return (X509TrustManager) trust().getTrustManagers()[0];
	}

	/**
	 * Returns a context for clients.
	 * @return a context that trusts this certificate alone
	 */
	public SSLContext clientContext() {
		try {
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(null, trust().getTrustManagers(), null);
			return context;
		}
		catch (GeneralSecurityException ex) {
			throw unreadable(ex);
		}
	}

	private KeyStore keyStore() throws GeneralSecurityException, IOException {
		KeyStore keyStore = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(this.file)) {
			keyStore.load(in, PASSWORD.toCharArray());
		}
		return keyStore;
	}

	private IllegalStateException unreadable(Exception cause) {
		return new IllegalStateException("Cannot use the certificate in " + this.file, cause);
	}

}
