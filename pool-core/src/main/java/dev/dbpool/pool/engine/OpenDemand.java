package dev.dbpool.pool.engine;

/**
 * What a step has found to be missing, to be opened at its end. Guarded by the lock of
 * {@link LifecycleLock}.
 */
final class OpenDemand {

	private boolean any;

	private boolean minimum;

	private boolean replacement;

	/**
	 * Asks for connections for waiters.
	 */
	void forWaiters() {
		this.any = true;
	}

	/**
	 * Asks for connections for waiters, and up to the minimum.
	 */
	void forMinimum() {
		this.any = true;
		this.minimum = true;
	}

	/**
	 * Asks for a connection for callers that will come, unless one is opened anyway.
	 */
	void forReplacement() {
		this.any = true;
		this.replacement = true;
	}

	boolean isAny() {
		return this.any;
	}

	boolean isForMinimum() {
		return this.minimum;
	}

	boolean isForReplacement() {
		return this.replacement;
	}

	/**
	 * Hands over the demand, which is no longer asked for here.
	 */
	OpenDemand take() {
		OpenDemand taken = new OpenDemand();
		taken.any = this.any;
		taken.minimum = this.minimum;
		taken.replacement = this.replacement;
		this.any = false;
		this.minimum = false;
		this.replacement = false;
		return taken;
	}

}
