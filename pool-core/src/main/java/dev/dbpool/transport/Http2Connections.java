package dev.dbpool.transport;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import dev.dbpool.pool.Connector.ConnectionEvents;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The HTTP/2 connections of one connector. A place on one that is open costs nothing, so
 * another one is opened only when all are full, and one at a time. A server that chose
 * HTTP/1.1 last is expected to do so again, and its connections are opened side by side.
 * Safe for use from any thread.
 */
final class Http2Connections {

	private static final Logger logger = LoggerFactory.getLogger(HttpConnector.class);

	private final Origin origin;

	private final Opener opener;

	/** Guarded by this. */
	private final List<Http2Connection> present = new ArrayList<>();

	/**
	 * Those that wait for the opening that is under way, in their order. Guarded by this.
	 */
	private @Nullable Queue<Follower> waiting;

	/** Whether channels are expected to be shared. Guarded by this. */
	private boolean expected = true;

	private volatile boolean unwanted;

	private volatile boolean logged;

	Http2Connections(Origin origin, Opener opener) {
		this.origin = origin;
		this.opener = opener;
	}

	/**
	 * Returns whether HTTP/2 is to be offered.
	 */
	boolean isWanted() {
		return !this.unwanted;
	}

	/**
	 * Notes that the server asks for HTTP/1.1.
	 */
	void unwanted() {
		if (!this.unwanted) {
			this.unwanted = true;
			logger.warn("{} refuses a request over HTTP/2 and asks for HTTP/1.1, which is used from now on",
					this.origin);
		}
	}

	/**
	 * Finds or opens a connection.
	 * @param events notified when it is lost later
	 */
	Mono<HttpConnection> connect(ConnectionEvents events) {
		return Mono.defer(() -> {
			Queue<Follower> followers = null;
			synchronized (this) {
				this.present.removeIf((connection) -> !connection.isOpen());
				for (Http2Connection connection : this.present) {
					Optional<HttpConnection> place = connection.place(events);
					if (place.isPresent()) {
						return Mono.just(place.get());
					}
				}
				if (this.waiting != null) {
					Follower follower = new Follower(events);
					this.waiting.add(follower);
					return Mono.fromFuture(follower.turn, true).switchIfEmpty(connect(events));
				}
				if (this.expected && isWanted()) {
					followers = new ArrayDeque<>();
					this.waiting = followers;
				}
			}
			return open(events, followers);
		});
	}

	private Mono<HttpConnection> open(ConnectionEvents events, @Nullable Queue<Follower> followers) {
		if (followers == null) {
			return this.opener.open(events).flatMap((opened) -> use(opened, events, new ArrayDeque<>()));
		}
		return this.opener.open(events)
			.flatMap((opened) -> use(opened, events, followers))
			.doOnError((failure) -> end(followers, (follower) -> follower.turn.completeExceptionally(failure)))
			.doOnSuccess((connection) -> end(followers, Follower::goOn))
			.doOnCancel(() -> end(followers, Follower::goOn));
	}

	/**
	 * Uses a channel. Its places are for those that wait for it, in their order, before
	 * any other caller finds it.
	 */
	private Mono<HttpConnection> use(OpenedChannel opened, ConnectionEvents events, Queue<Follower> followers) {
		if (opened instanceof HttpConnection single) {
			expect(false);
			return Mono.just(single);
		}
		Http2Connection shared = (Http2Connection) opened;
		Optional<HttpConnection> place = shared.place(events);
		if (place.isEmpty()) {
			shared.closeIfUnused();
			return Mono.error(new IOException(this.origin + " permits no stream on a new HTTP/2 connection"));
		}
		synchronized (this) {
			this.present.add(shared);
			if (this.waiting == followers) {
				followers.forEach((follower) -> follower.place = shared.place(follower.events).orElse(null));
			}
		}
		expect(true);
		if (!this.logged) {
			this.logged = true;
			logger.info("{} speaks HTTP/2: up to {} connections share a socket", this.origin,
					Http2Connection.MAX_PLACES);
		}
		return Mono.just(place.get());
	}

	private synchronized void expect(boolean shared) {
		this.expected = shared;
	}

	/**
	 * Lets those go on that wait, in their order.
	 */
	private void end(Queue<Follower> followers, Consumer<Follower> turn) {
		synchronized (this) {
			if (this.waiting == followers) {
				this.waiting = null;
			}
		}
		followers.forEach(turn);
	}

	/**
	 * A caller that waits for an opening.
	 */
	private static final class Follower {

		private final ConnectionEvents events;

		/** Completed with the place, or with {@code null} if it has to find one. */
		private final CompletableFuture<@Nullable HttpConnection> turn = new CompletableFuture<>();

		private @Nullable HttpConnection place;

		Follower(ConnectionEvents events) {
			this.events = events;
		}

		void goOn() {
			this.turn.complete(this.place);
		}

	}

	/**
	 * Opens a channel.
	 */
	@FunctionalInterface
	interface Opener {

		/**
		 * Opens a channel and completes its handshake.
		 * @param events notified when it is lost, if it is not shared
		 */
		Mono<OpenedChannel> open(ConnectionEvents events);

	}

}
