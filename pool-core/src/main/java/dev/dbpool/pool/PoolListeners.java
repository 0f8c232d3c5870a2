package dev.dbpool.pool;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

import dev.dbpool.pool.PoolOptions.LeakAction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes events on to listeners, each of them even if another one fails.
 */
final class PoolListeners implements PoolListener {

	private static final Logger logger = LoggerFactory.getLogger(PoolListener.class);

	private final PoolListener[] delegates;

	private final PoolListener[] leaseDelegates;

	PoolListeners(List<? extends PoolListener> delegates) {
		this.delegates = delegates.stream().flatMap(PoolListeners::flat).toArray(PoolListener[]::new);
		this.leaseDelegates = flat(this).filter(PoolListener::listensToLeases).toArray(PoolListener[]::new);
	}

	private static Stream<PoolListener> flat(PoolListener listener) {
		return (listener instanceof PoolListeners all) ? Stream.of(all.delegates) : Stream.of(listener);
	}

	@Override
	public boolean listensToLeases() {
		return this.leaseDelegates.length > 0;
	}

	@Override
	public void onConnectionOpened(long connectionId, Duration took) {
		notifyAll(this.delegates, (listener) -> listener.onConnectionOpened(connectionId, took));
	}

	@Override
	public void onConnectionOpenFailed(Throwable cause, int consecutiveFailures) {
		notifyAll(this.delegates, (listener) -> listener.onConnectionOpenFailed(cause, consecutiveFailures));
	}

	@Override
	public void onConnectionClosed(long connectionId, CloseReason reason) {
		notifyAll(this.delegates, (listener) -> listener.onConnectionClosed(connectionId, reason));
	}

	@Override
	public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
		notifyAll(this.leaseDelegates, (listener) -> listener.onLeaseAcquired(owner, waited));
	}

	@Override
	public void onLeaseReleased(LeaseOwner owner, Duration held) {
		notifyAll(this.leaseDelegates, (listener) -> listener.onLeaseReleased(owner, held));
	}

	@Override
	public void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
		notifyAll(this.delegates, (listener) -> listener.onLeaseLeaked(lease, action));
	}

	@Override
	public void onSelfDeadlockRisk(LeaseSnapshot held, LeaseOwner waiting) {
		notifyAll(this.delegates, (listener) -> listener.onSelfDeadlockRisk(held, waiting));
	}

	@Override
	public void onAcquireFailed(LeaseOwner owner, PoolException cause) {
		notifyAll(this.delegates, (listener) -> listener.onAcquireFailed(owner, cause));
	}

	private static void notifyAll(PoolListener[] delegates, Consumer<PoolListener> event) {
		for (PoolListener delegate : delegates) {
			try {
				event.accept(delegate);
			}
			catch (Throwable ex) {
				logger.warn("Pool listener {} failed", delegate.getClass().getName(), ex);
			}
		}
	}

}
