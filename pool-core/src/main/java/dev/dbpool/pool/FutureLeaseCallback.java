package dev.dbpool.pool;

import java.util.concurrent.CompletableFuture;

/**
 * Turns the outcome of an acquisition into a future. A lease that arrives after the
 * future was cancelled, or failed otherwise, is closed.
 *
 * @param <C> the type of connection
 */
final class FutureLeaseCallback<C> implements LeaseCallback<C> {

	private final CompletableFuture<Lease<C>> future = new CompletableFuture<>();

	CompletableFuture<Lease<C>> future() {
		return this.future;
	}

	void acquiredBy(Acquisition acquisition) {
		if (!this.future.isDone()) {
			this.future.whenComplete((lease, failure) -> {
				if (failure != null && !(failure instanceof PoolException)) {
					acquisition.cancel();
				}
			});
		}
	}

	@Override
	public void onLease(Lease<C> lease) {
		if (!this.future.complete(lease)) {
			lease.close();
		}
	}

	@Override
	public void onFailure(PoolException cause) {
		this.future.completeExceptionally(cause);
	}

}
