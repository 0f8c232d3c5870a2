package dev.dbpool.pool.engine;

import java.util.Locale;

/**
 * How much of each check a run makes: {@code short} in every build, {@code long}, which
 * takes minutes, with the profile {@code proof}, and {@code exhaustive}, which takes many
 * hours, with {@code -Ddbpool.proof=exhaustive} besides.
 */
enum Proof {

	SHORT, LONG, EXHAUSTIVE;

	static final Proof LENGTH = valueOf(System.getProperty("dbpool.proof", "short").toUpperCase(Locale.ROOT));

	static int of(int inShort, int inLong, int inExhaustive) {
		return switch (LENGTH) {
			case SHORT -> inShort;
			case LONG -> inLong;
			case EXHAUSTIVE -> inExhaustive;
		};
	}

}
