package dev.dbpool.pool;

import java.util.Locale;

/**
 * How much of each check a run makes: {@code short} in every build, {@code long} with the
 * profile {@code proof}.
 */
enum Proof {

	SHORT, LONG;

	static final Proof LENGTH = valueOf(System.getProperty("dbpool.proof", "short").toUpperCase(Locale.ROOT));

	static int of(int inShort, int inLong) {
		return (LENGTH == SHORT) ? inShort : inLong;
	}

}
