package dev.dbpool.pool.engine;

import java.util.Locale;

/**
 * How much of each check a run makes: {@code short}, which takes seconds, in every build,
 * {@code standard}, which takes minutes, with the profile {@code proof}, and with
 * {@code -Ddbpool.proof} besides {@code long}, which takes half an hour, and
 * {@code exhaustive}, which takes many hours.
 */
enum Proof {

	SHORT, STANDARD, LONG, EXHAUSTIVE;

	static final Proof LENGTH = valueOf(System.getProperty("dbpool.proof", "short").toUpperCase(Locale.ROOT));

	static int of(int inShort, int inStandard, int inLong, int inExhaustive) {
		return switch (LENGTH) {
			case SHORT -> inShort;
			case STANDARD -> inStandard;
			case LONG -> inLong;
			case EXHAUSTIVE -> inExhaustive;
		};
	}

}
