package dev.dbpool.transaction;

import java.util.Locale;

/**
 * PostgreSQL's locks on rows, from the strongest.
 */
public enum RowLock {

	/**
	 * For rows that will be updated in any way, or deleted.
	 */
	UPDATE,
	/**
	 * For rows that will be updated, except for their keys.
	 */
	NO_KEY_UPDATE,
	/**
	 * For rows that must not change until the transaction ends.
	 */
	SHARE,
	/**
	 * For rows whose keys must not change until the transaction ends.
	 */
	KEY_SHARE;

	String sql() {
		return name().toLowerCase(Locale.ROOT).replace('_', ' ');
	}

}
