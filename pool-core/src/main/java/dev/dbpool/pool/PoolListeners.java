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

	private final List<? extends PoolListener> ofLeases;

	PoolListeners(List<? extends PoolListener> delegates) {
		this.delegates = delegates;
		this.ofLeases = delegates.stream().filter(PoolListener::listensToLeases).toList();
	}

	@Override
	public boolean listensToLeases() {
		return !this.ofLeases.isEmpty();
	}

	@Override
	public void onConnectionOpened(long connectionId, Duration took) {
		notify(this.delegates, (listener) -> listener.onConnectionOpened(connectionId, took));
	}

	@Override
	public void onConnectionOpenFailed(Throwable cause, int consecutiveFailures) {
		notify(this.delegates, (listener) -> listener.onConnectionOpenFailed(cause, consecutiveFailures));
	}

	@Override
	public void onConnectionClosed(long connectionId, CloseReason reason) {
		notify(this.delegates, (listener) -> listener.onConnectionClosed(connectionId, reason));
	}

	@Override
	public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
		notify(this.ofLeases, (listener) -> listener.onLeaseAcquired(owner, waited));
	}

	@Override
	public void onLeaseReleased(LeaseOwner owner, Duration held) {
		notify(this.ofLeases, (listener) -> listener.onLeaseReleased(owner, held));
	}

	@Override
	public void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
		notify(this.delegates, (listener) -> listener.onLeaseLeaked(lease, action));
	}

	@Override
	public void onSelfDeadlockRisk(LeaseSnapshot held, LeaseOwner waiting) {
		notify(this.delegates, (listener) -> listener.onSelfDeadlockRisk(held, waiting));
	}

	@Override
	public void onAcquireFailed(LeaseOwner owner, PoolException cause) {
		notify(this.delegates, (listener) -> listener.onAcquireFailed(owner, cause));
	}

	private static void notify(List<? extends PoolListener> listeners, Consumer<PoolListener> event) {
		for (PoolListener listener : listeners) {
			try {
				event.accept(listener);
			}
			catch (Throwable ex) {
				logger.warn("Pool listener {} failed", listener.getClass().getName(), ex);
			}
		}
	}

}
