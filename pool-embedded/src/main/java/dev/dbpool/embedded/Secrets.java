package dev.dbpool.embedded;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Fresh random secrets, in hexadecimal so that they need no quoting anywhere.
 */
final class Secrets {

	private static final int BYTES = 32;

	private static final SecureRandom random = new SecureRandom();

	private Secrets() {
	}

	static String next() {
		byte[] bytes = new byte[BYTES];
		random.nextBytes(bytes);
		return HexFormat.of().formatHex(bytes);
	}

}
