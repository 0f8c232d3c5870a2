package dev.dbpool.postgrest;

/**
 * Where rows without a value are put in an order.
 */
public enum Nulls {

	/**
	 * Before all others.
	 */
	FIRST,
	/**
	 * After all others.
	 */
	LAST

}
