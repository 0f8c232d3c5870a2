package dev.dbpool.pool;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import dev.dbpool.pool.PoolOptions.LeakAction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes events on to listeners, each of them even if another one fails.
 */
final class PoolListeners implements PoolListener {

	private static final Logger logger = LoggerFactory.getLogger(PoolListener.class);

	private final List<? extends PoolListener> delegates;

	PoolListeners(List<? extends PoolListener> delegates) {
		this.delegates = delegates;
	}

	@Override
	public boolean listensToLeases() {
		return this.delegates.stream().anyMatch(PoolListener::listensToLeases);
	}

	@Override
	public void onConnectionOpened(long connectionId, Duration took) {
		notifyAll((listener) -> listener.onConnectionOpened(connectionId, took));
	}

	@Override
	public void onConnectionOpenFailed(Throwable cause, int consecutiveFailures) {
		notifyAll((listener) -> listener.onConnectionOpenFailed(cause, consecutiveFailures));
	}

	@Override
	public void onConnectionClosed(long connectionId, CloseReason reason) {
		notifyAll((listener) -> listener.onConnectionClosed(connectionId, reason));
	}

	@Override
	public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
		notifyAllOfLease((listener) -> listener.onLeaseAcquired(owner, waited));
	}

	@Override
	public void onLeaseReleased(LeaseOwner owner, Duration held) {
		notifyAllOfLease((listener) -> listener.onLeaseReleased(owner, held));
	}

	@Override
	public void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
		notifyAll((listener) -> listener.onLeaseLeaked(lease, action));
	}

	@Override
	public void onSelfDeadlockRisk(LeaseSnapshot held, LeaseOwner waiting) {
		notifyAll((listener) -> listener.onSelfDeadlockRisk(held, waiting));
	}

	@Override
	public void onAcquireFailed(LeaseOwner owner, PoolException cause) {
		notifyAll((listener) -> listener.onAcquireFailed(owner, cause));
	}

	private void notifyAllOfLease(Consumer<PoolListener> event) {
		notifyAll((listener) -> {
			if (listener.listensToLeases()) {
				event.accept(listener);
			}
		});
	}

	private void notifyAll(Consumer<PoolListener> event) {
		for (PoolListener delegate : this.delegates) {
			try {
				event.accept(delegate);
			}
			catch (Throwable ex) {
				logger.warn("Pool listener {} failed", delegate.getClass().getName(), ex);
			}
		}
	}

}
