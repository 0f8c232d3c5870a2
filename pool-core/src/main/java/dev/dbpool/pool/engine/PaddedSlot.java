package dev.dbpool.pool.engine;

/**
 * Keeps the fields of a {@link Slot} off the cache lines of what lies behind it in
 * memory.
 *
 * @param <C> the type of connection
 */
final class PaddedSlot<C> extends Slot<C> {

	long after0;

	long after1;

	long after2;

	long after3;

	long after4;

	long after5;

	long after6;

	long after7;

	long after8;

	long after9;

	long after10;

	long after11;

	long after12;

	long after13;

	long after14;

	long after15;

	PaddedSlot(LeaseSlots<C> slots, int index) {
		super(slots, index);
	}

}
