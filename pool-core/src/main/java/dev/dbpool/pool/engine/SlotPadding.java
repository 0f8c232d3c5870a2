package dev.dbpool.pool.engine;

/**
 * Keeps the fields of a {@link Slot} off the cache lines of what lies before it in
 * memory. Processors fetch lines of 64 bytes in pairs, hence 128.
 */
abstract class SlotPadding {

	long before0;

	long before1;

	long before2;

	long before3;

	long before4;

	long before5;

	long before6;

	long before7;

	long before8;

	long before9;

	long before10;

	long before11;

	long before12;

	long before13;

	long before14;

	long before15;

}
