package dev.dbpool.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

import javax.net.ssl.SSLException;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;

/**
 * Describes why a connection could not be opened, and what to check.
 */
final class OpenFailures {

	private static final Duration SECOND = Duration.ofSeconds(1);

	private final Origin origin;

	private final String address;

	private final HttpProbe probe;

	private final Duration connectTimeout;

	private final String urlName;

	/**
	 * Creates the messages of one connector.
	 * @param origin where the connections lead
	 * @param probe the request that a new connection has to answer
	 * @param connectTimeout how long connecting and the TLS handshake may take
	 * @param urlName the name of the setting that holds the URL
	 */
	OpenFailures(Origin origin, HttpProbe probe, Duration connectTimeout, String urlName) {
		this.origin = origin;
		this.address = origin.host() + ":" + origin.port();
		this.probe = probe;
		this.connectTimeout = connectTimeout;
		this.urlName = urlName;
	}

	/**
	 * The failure of a probe that was not answered in time.
	 */
	SocketTimeoutException probeTimedOut(Duration timeout) {
		return new SocketTimeoutException("%s did not answer the probe %s within %s: check %s, and the server there"
			.formatted(this.origin, this.probe, describe(timeout), this.urlName));
	}

	/**
	 * Describes a failure of the network or the server. Any other one, such as that of
	 * the supplier of headers, is returned as it is.
	 */
	Throwable describe(Throwable thrown) {
		Throwable failure = (thrown instanceof ConnectionClosedException && thrown.getCause() != null)
				? thrown.getCause() : thrown;
		Optional<UnknownHostException> unknownHost = find(UnknownHostException.class, failure);
		if (unknownHost.isPresent()) {
			return caused(new UnknownHostException(
					"host not found: %s: check %s".formatted(this.origin.host(), this.urlName)), failure);
		}
		if (failure instanceof ConnectException || failure instanceof NoRouteToHostException) {
			return caused(new ConnectException(unreachable(failure)), failure);
		}
		if (this.origin.isSecure() && isOfTls(failure)) {
			return new SSLException(tlsFailed(failure), failure);
		}
		if (failure instanceof TlsExpectedException) {
			return new IOException("%s speaks TLS: use https:// in %s".formatted(this.address, this.urlName), failure);
		}
		if (failure instanceof EOFException) {
			return new IOException(
					"%s closed the connection instead of answering the probe %s: check scheme, host and port of %s"
						.formatted(this.address, this.probe, this.urlName),
					failure);
		}
		return (failure instanceof IOException || failure instanceof DecoderException)
				? new IOException(unusable(failure), failure) : failure;
	}

	private String unreachable(Throwable failure) {
		if (failure instanceof ConnectTimeoutException) {
			return "no answer by %s within %s: check %s and the network".formatted(this.address,
					describe(this.connectTimeout), this.urlName);
		}
		String reason = reason(failure);
		if (reason.toLowerCase(Locale.ROOT).contains("refused")) {
			return "connection refused by %s: check %s, and whether the server runs there".formatted(this.address,
					this.urlName);
		}
		return "no connection to %s (%s): check %s and the network".formatted(this.address, reason, this.urlName);
	}

	private static boolean isOfTls(Throwable failure) {
		return failure instanceof ClosedChannelException || find(SSLException.class, failure).isPresent();
	}

	private String tlsFailed(Throwable failure) {
		if (failure instanceof SslHandshakeTimeoutException) {
			return "no answer to the TLS handshake by %s within %s: check %s, and use http:// if the server does not speak TLS"
				.formatted(this.address, describe(this.connectTimeout), this.urlName);
		}
		if (find(NotSslRecordException.class, failure).isPresent()) {
			return "%s does not speak TLS: use http://, or another port, in %s".formatted(this.address, this.urlName);
		}
		if (failure instanceof ClosedChannelException) {
			return "%s closed the connection during the TLS handshake: check scheme, host and port of %s"
				.formatted(this.address, this.urlName);
		}
		if (find(CertificateException.class, failure).isPresent()) {
			return "the certificate of %s is not trusted (%s): check %s and the trusted certificates"
				.formatted(this.address, reason(failure), this.urlName);
		}
		return "no TLS connection to %s (%s): check %s".formatted(this.address, reason(failure), this.urlName);
	}

	private String unusable(Throwable failure) {
		return "no usable connection to %s (%s): check %s".formatted(this.address, reason(failure), this.urlName);
	}

	/**
	 * Returns the message of the root of a failure, where the JDK and Netty say what
	 * happened.
	 */
	private static String reason(Throwable failure) {
		Throwable root = failure;
		while (root.getCause() != null) {
			root = root.getCause();
		}
		return (root.getMessage() != null) ? root.getMessage() : root.getClass().getSimpleName();
	}

	private static <T extends Throwable> Optional<T> find(Class<T> type, Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (type.isInstance(cause)) {
				return Optional.of(type.cast(cause));
			}
		}
		return Optional.empty();
	}

	private static Throwable caused(Throwable described, Throwable cause) {
		return described.initCause(cause);
	}

	private static String describe(Duration timeout) {
		boolean whole = timeout.compareTo(SECOND) >= 0 && timeout.toMillisPart() == 0;
		return whole ? timeout.toSeconds() + " s" : timeout.toMillis() + " ms";
	}

}
