package dev.dbpool.pool.engine;

/**
 * The words of all slots, each read once, so that what is counted from them agrees.
 */
final class SlotCensus {

	private final long[] words;

	private SlotCensus(long[] words) {
		this.words = words;
	}

	static <C> SlotCensus of(Slot<C>[] slots) {
		long[] words = new long[slots.length];
		for (int i = 0; i < slots.length; i++) {
			words[i] = slots[i].word();
		}
		return new SlotCensus(words);
	}

	/**
	 * Counts the leases ever handed out: the generation of each slot.
	 */
	long acquired() {
		long sum = 0;
		for (long word : this.words) {
			sum += Slot.generation(word);
		}
		return sum;
	}

	/**
	 * Counts the leases that have ended.
	 */
	long released() {
		long leased = 0;
		for (long word : this.words) {
			leased += Slot.is(Slot.LEASED, word) ? 1 : 0;
		}
		return acquired() - leased;
	}

	boolean isLeased(PooledConnection<?> pooled) {
		return pooled.slots().stream().anyMatch((slot) -> Slot.is(Slot.LEASED, this.words[slot.index]));
	}

}
