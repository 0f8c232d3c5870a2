package dev.dbpool.postgrest;

import java.util.Locale;

/**
 * How rows are counted.
 */
public enum Count {

	/**
	 * Each of them: slow on large tables.
	 */
	EXACT,
	/**
	 * As the query planner expects from its statistics: fast, and possibly far off.
	 */
	PLANNED,
	/**
	 * Exactly up to the server's {@code db-max-rows}, and beyond as planned.
	 */
	ESTIMATED;

	String preference() {
		return "count=" + name().toLowerCase(Locale.ROOT);
	}

}
