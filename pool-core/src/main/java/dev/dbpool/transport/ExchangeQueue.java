package dev.dbpool.transport;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;

/**
 * The exchanges of one socket: at most one is active, the others wait in order.
 * <p>
 * All state is guarded by the lock of this object; exchanges are started and refused, and
 * stages completed, outside of it. The socket is looked at under the lock too: either a
 * new exchange sees that the socket is closed, or {@link #refuseWaiting()}, which is
 * called after that, sees the exchange. So none is left waiting for a socket that is
 * gone.
 */
final class ExchangeQueue {

	private final Socket socket;

	private final Queue<Exchange> waiting = new ArrayDeque<>();

	private @Nullable Exchange active;

	private @Nullable CompletableFuture<Void> idle;

	private volatile @Nullable ConnectionHolder holder;

	private volatile int size;

	ExchangeQueue(Socket socket) {
		this.socket = socket;
	}

	Socket socket() {
		return this.socket;
	}

	int size() {
		return this.size;
	}

	/**
	 * Sets the holder of the exchanges that are subscribed to from now on.
	 */
	void heldBy(@Nullable ConnectionHolder holder) {
		this.holder = holder;
	}

	@Nullable ConnectionHolder holder() {
		return this.holder;
	}

	/**
	 * Starts an exchange when its turn comes, or refuses it when the socket is closed.
	 * @param exchange a new exchange
	 */
	void submit(Exchange exchange) {
		synchronized (this) {
			if (this.socket.isUsable()) {
				this.size = this.size + 1;
				if (this.active != null) {
					this.waiting.add(exchange);
					return;
				}
				this.active = exchange;
			}
		}
		// an exchange that was not taken in finds the socket closed
		exchange.start();
	}

	/**
	 * Removes an exchange that has ended and starts the next one if the socket allows it.
	 * @param exchange an exchange, whether it was active, waiting or not taken in
	 */
	void ended(Exchange exchange) {
		Exchange next = null;
		CompletableFuture<Void> nowIdle = null;
		synchronized (this) {
			if (this.active == exchange) {
				next = this.socket.isUsable() ? this.waiting.poll() : null;
				this.active = next;
			}
			else if (!this.waiting.remove(exchange)) {
				return;
			}
			this.size = this.size - 1;
			if (this.size == 0) {
				nowIdle = this.idle;
				this.idle = null;
			}
		}
		if (nowIdle != null) {
			nowIdle.complete(null);
		}
		else if (next != null) {
			next.start();
		}
	}

	/**
	 * Notifies the active exchange that this side closes the connection.
	 */
	void connectionClosed() {
		Exchange present;
		synchronized (this) {
			present = this.active;
		}
		if (present != null) {
			present.connectionClosed();
		}
	}

	/**
	 * Refuses the exchanges that wait for a socket that was closed.
	 */
	void refuseWaiting() {
		List<Exchange> refused;
		synchronized (this) {
			if (this.waiting.isEmpty() || this.socket.isUsable()) {
				return;
			}
			refused = List.copyOf(this.waiting);
		}
		refused.forEach(Exchange::start);
	}

	/**
	 * Waits until no exchange is in flight.
	 * @return completed when none is
	 */
	CompletionStage<Void> whenIdle() {
		synchronized (this) {
			if (this.size == 0) {
				return CompletableFuture.completedStage(null);
			}
			if (this.idle == null) {
				this.idle = new CompletableFuture<>();
			}
			return this.idle;
		}
	}

}
