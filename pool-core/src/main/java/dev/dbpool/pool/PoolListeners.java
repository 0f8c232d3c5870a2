package dev.dbpool.pool;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes events on to listeners, each of them even if another one fails. Those of leases
 * take no detour: they come with each lease.
 */
final class PoolListeners implements PoolListener {

	private static final Logger logger = LoggerFactory.getLogger(PoolListener.class);

	private final List<PoolListener> delegates;

	private final PoolListener[] leaseDelegates;

	PoolListeners(List<? extends PoolListener> delegates) {
		this.delegates = delegates.stream().flatMap(PoolListeners::flat).toList();
		this.leaseDelegates = this.delegates.stream()
			.filter(PoolListener::listensToLeases)
			.toArray(PoolListener[]::new);
	}

	private static Stream<PoolListener> flat(PoolListener listener) {
		return (listener instanceof PoolListeners all) ? all.delegates.stream() : Stream.of(listener);
	}

	@Override
	public boolean listensToLeases() {
		return this.leaseDelegates.length > 0;
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
		for (PoolListener delegate : this.leaseDelegates) {
			try {
				delegate.onLeaseAcquired(owner, waited);
			}
			catch (Throwable ex) {
				failed(delegate, ex);
			}
		}
	}

	@Override
	public void onLeaseReleased(LeaseOwner owner, Duration held) {
		for (PoolListener delegate : this.leaseDelegates) {
			try {
				delegate.onLeaseReleased(owner, held);
			}
			catch (Throwable ex) {
				failed(delegate, ex);
			}
		}
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
				failed(delegate, ex);
			}
		}
	}

	private static void failed(PoolListener delegate, Throwable ex) {
		logger.warn("Pool listener {} failed", delegate.getClass().getName(), ex);
	}

}
