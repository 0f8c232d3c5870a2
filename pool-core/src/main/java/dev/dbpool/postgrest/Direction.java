package dev.dbpool.postgrest;

/**
 * The direction in which rows are ordered.
 */
public enum Direction {

	/**
	 * Smallest first.
	 */
	ASC,
	/**
	 * Largest first.
	 */
	DESC

}
