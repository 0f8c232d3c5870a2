package dev.dbpool.pool.engine;

import java.time.Duration;

import dev.dbpool.pool.CloseReason;
import dev.dbpool.pool.LeakAction;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a listener throws from the pool.
 */
final class GuardedListener implements PoolListener {

	private static final Logger logger = LoggerFactory.getLogger(PoolListener.class);

	private final PoolListener listener;

	private final boolean leases;

	GuardedListener(PoolListener listener) {
		this.listener = listener;
		this.leases = listener.listensToLeases();
	}

	@Override
	public boolean listensToLeases() {
		return this.leases;
	}

	@Override
	public void onLeaseAcquired(LeaseOwner owner, Duration waited) {
		if (this.leases) {
			try {
				this.listener.onLeaseAcquired(owner, waited);
			}
			catch (Throwable ex) {
				failed(ex);
			}
		}
	}

	@Override
	public void onLeaseReleased(LeaseOwner owner, Duration held) {
		if (this.leases) {
			try {
				this.listener.onLeaseReleased(owner, held);
			}
			catch (Throwable ex) {
				failed(ex);
			}
		}
	}

	@Override
	public void onConnectionOpened(long connectionId, Duration took) {
		guard(() -> this.listener.onConnectionOpened(connectionId, took));
	}

	@Override
	public void onConnectionOpenFailed(Throwable cause, int consecutiveFailures) {
		guard(() -> this.listener.onConnectionOpenFailed(cause, consecutiveFailures));
	}

	@Override
	public void onConnectionClosed(long connectionId, CloseReason reason) {
		guard(() -> this.listener.onConnectionClosed(connectionId, reason));
	}

	@Override
	public void onLeaseLeaked(LeaseSnapshot lease, LeakAction action) {
		guard(() -> this.listener.onLeaseLeaked(lease, action));
	}

	@Override
	public void onSelfDeadlockRisk(LeaseSnapshot held, LeaseOwner waiting) {
		guard(() -> this.listener.onSelfDeadlockRisk(held, waiting));
	}

	@Override
	public void onAcquireFailed(LeaseOwner owner, PoolException cause) {
		guard(() -> this.listener.onAcquireFailed(owner, cause));
	}

	private void guard(Runnable event) {
		try {
			event.run();
		}
		catch (Throwable ex) {
			failed(ex);
		}
	}

	private void failed(Throwable ex) {
		logger.warn("Pool listener {} failed", this.listener.getClass().getName(), ex);
	}

}
