package dev.dbpool.pool;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes events on to listeners, each of them even if another one fails, and keeps what
 * they throw from the pool.
 */
final class PoolListeners implements PoolListener {

	private static final Logger logger = LoggerFactory.getLogger(PoolListener.class);

	private final List<PoolListener> delegates;

	PoolListeners(List<? extends PoolListener> delegates) {
		this.delegates = List.copyOf(delegates);
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
		notifyAll((listener) -> listener.onLeaseAcquired(owner, waited));
	}

	@Override
	public void onLeaseReleased(LeaseOwner owner, Duration held) {
		notifyAll((listener) -> listener.onLeaseReleased(owner, held));
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
