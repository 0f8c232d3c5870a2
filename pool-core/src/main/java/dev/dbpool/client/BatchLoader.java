package dev.dbpool.client;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.PostgrestException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Reads single rows of one kind in batches. A key that is requested while the maximum of
 * requests is in flight waits, and is sent together with the others that wait as soon as
 * one of these requests ends. There is no timed window: a key that is requested alone is
 * sent immediately. The idea is that of DataLoader, whose batches are the requests of one
 * turn of an event loop.
 * <p>
 * A key never joins a request that was sent before, so a row is never older than the
 * call. A key without a row in the answer is sent once more, unless the answer had no
 * rows: the server may have truncated the answer, or the database may consider texts
 * equal that differ. All callers of a key receive the same instance.
 *
 * @param <T> the type of a row
 */
final class BatchLoader<T> {

	private static final Logger logger = LoggerFactory.getLogger(BatchLoader.class);

	/** Longer keys are not batched, since the length of a URL is limited. */
	private static final int MAX_KEY_LENGTH = 40;

	/** Keys of one batch that are sent singly at the same time. */
	private static final int SINGLE_REQUESTS = 4;

	private final Source<T> source;

	private final Batching limits;

	private final long timeout;

	private final int maxWaiting;

	private final Consumer<BatchLoader<T>> onIdle;

	private final Map<String, Key> waiting = new LinkedHashMap<>();

	private final Set<Batch> inFlight = new HashSet<>();

	private final Scheduler scheduler = Schedulers.parallel();

	private @Nullable Disposable alarm;

	private int alarms;

	private int waitingCallers;

	/**
	 * Creates a loader.
	 * @param source sends the requests
	 * @param limits the size and number of requests
	 * @param timeout how long a caller waits at most, or {@code null} for no limit
	 * @param maxWaiting how many callers wait for a request at most; further ones are
	 * rejected
	 * @param onIdle called when no key is left
	 */
	BatchLoader(Source<T> source, Batching limits, @Nullable Duration timeout, int maxWaiting,
			Consumer<BatchLoader<T>> onIdle) {
		this.source = source;
		this.limits = limits;
		this.timeout = (timeout != null) ? TimeUnit.NANOSECONDS.convert(timeout) : Long.MAX_VALUE;
		this.maxWaiting = maxWaiting;
		this.onIdle = onIdle;
	}

	/**
	 * Returns whether a key has one text only, in URLs and in rows.
	 */
	static boolean isBatchable(Object id) {
		return (id instanceof Integer || id instanceof Long || id instanceof Short || id instanceof Byte
				|| id instanceof BigInteger || id instanceof UUID || id instanceof String)
				&& id.toString().length() <= MAX_KEY_LENGTH;
	}

	/**
	 * Reads a row.
	 * @param id a key that is {@linkplain #isBatchable batchable}
	 * @return the row, or empty
	 */
	Mono<T> load(Object id) {
		return Mono.create((sink) -> {
			Caller caller = new Caller(sink);
			Batch batch = join(id, caller);
			if (batch != null) {
				batch.send();
			}
		});
	}

	private @Nullable Batch join(Object id, Caller caller) {
		synchronized (this) {
			boolean waits = this.inFlight.size() >= this.limits.maxInFlight();
			if (waits && this.waitingCallers >= this.maxWaiting) {
				throw this.source.rejected(this.waitingCallers);
			}
			Key key = this.waiting.computeIfAbsent(id.toString(), (text) -> new Key(text, id));
			key.callers.add(caller);
			this.waitingCallers++;
			caller.sink.onCancel(() -> leave(key, caller));
			if (!waits) {
				return nextBatch();
			}
			if (this.alarm == null && this.timeout != Long.MAX_VALUE) {
				this.alarm = schedule(this.timeout);
			}
			return null;
		}
	}

	private @Nullable Batch nextBatch() {
		if (this.waiting.isEmpty()) {
			return null;
		}
		Batch batch = new Batch();
		Iterator<Key> keys = this.waiting.values().iterator();
		while (keys.hasNext() && batch.keys.size() < this.limits.maxKeys()) {
			Key key = keys.next();
			keys.remove();
			key.batch = batch;
			this.waitingCallers -= key.callers.size();
			batch.keys.add(key);
		}
		this.inFlight.add(batch);
		return batch;
	}

	private void leave(Key key, Caller caller) {
		Batch abandoned;
		synchronized (this) {
			abandoned = key.callers.contains(caller) ? remove(key, caller) : null;
		}
		if (abandoned != null) {
			abandoned.cancel();
		}
	}

	/**
	 * Removes a caller, and its key if that has no other.
	 * @return the batch of the key, if no caller of it is left
	 */
	private @Nullable Batch remove(Key key, Caller caller) {
		key.callers.remove(caller);
		Batch batch = key.batch;
		if (batch == null) {
			this.waitingCallers--;
			if (key.callers.isEmpty()) {
				this.waiting.remove(key.text);
			}
			return null;
		}
		return batch.keys.stream().allMatch((other) -> other.callers.isEmpty()) ? batch : null;
	}

	private @Nullable Batch replace(Batch ended) {
		Batch next;
		boolean idle;
		synchronized (this) {
			if (!this.inFlight.remove(ended)) {
				return null;
			}
			next = nextBatch();
			idle = this.inFlight.isEmpty();
			if (idle && this.alarm != null) {
				this.alarm.dispose();
				this.alarm = null;
				this.alarms++;
			}
		}
		if (idle) {
			this.onIdle.accept(this);
		}
		return next;
	}

	private Disposable schedule(long nanos) {
		int number = ++this.alarms;
		return this.scheduler.schedule(() -> expire(number), nanos, TimeUnit.NANOSECONDS);
	}

	/**
	 * Fails the callers whose deadline has passed, and sets the alarm for the next one.
	 */
	private void expire(int number) {
		List<Caller> expired = new ArrayList<>();
		List<Batch> abandoned = new ArrayList<>();
		synchronized (this) {
			if (number != this.alarms) {
				return;
			}
			long now = this.scheduler.now(TimeUnit.NANOSECONDS);
			long next = Long.MAX_VALUE;
			for (Key key : keys()) {
				for (Caller caller : List.copyOf(key.callers)) {
					long left = caller.deadline - now;
					if (left > 0) {
						next = Math.min(next, left);
						continue;
					}
					expired.add(caller);
					Batch batch = remove(key, caller);
					if (batch != null) {
						abandoned.add(batch);
					}
				}
			}
			this.alarm = (next != Long.MAX_VALUE) ? schedule(next) : null;
		}
		expired.forEach((caller) -> caller.fail(this.source.pastDeadline()));
		abandoned.forEach(Batch::cancel);
	}

	private List<Key> keys() {
		List<Key> keys = new ArrayList<>(this.waiting.values());
		this.inFlight.forEach((batch) -> keys.addAll(batch.keys));
		return keys;
	}

	/**
	 * Sends the requests of a loader.
	 *
	 * @param <T> the type of a row
	 */
	interface Source<T> {

		/**
		 * Reads the row of a key.
		 */
		Mono<T> row(Object id);

		/**
		 * Reads the rows of several keys.
		 */
		Mono<List<KeyedRow<T>>> rows(List<Object> ids);

		/**
		 * Returns the key of a row as text.
		 */
		Optional<String> keyOf(KeyedRow<T> row);

		/**
		 * Makes the failure of a caller whose deadline has passed.
		 */
		RuntimeException pastDeadline();

		/**
		 * Makes the failure of a caller that is rejected since too many wait.
		 */
		RuntimeException rejected(int waiting);

	}

	/**
	 * Keys that are requested together.
	 */
	private final class Batch {

		private final List<Key> keys = new ArrayList<>();

		private final Disposable.Swap request = Disposables.swap();

		private final AtomicBoolean returned = new AtomicBoolean();

		/**
		 * Sends this batch, and those that follow ones that end within the call, such as
		 * while the circuit breaker is open.
		 */
		void send() {
			Batch next = this;
			while (next != null) {
				next.request.update(next.ask(next.keys).subscribe(null, next::failed, next::ended));
				next = next.returned.compareAndSet(false, true) ? null : replace(next);
			}
		}

		private void failed(Throwable failure) {
			this.keys.forEach((key) -> key.fail(failure));
			ended();
		}

		/**
		 * Replaces this batch by the next one, unless it is still being sent, by a call
		 * that does so when it returns.
		 */
		private void ended() {
			if (!this.returned.compareAndSet(false, true)) {
				Batch next = replace(this);
				if (next != null) {
					next.send();
				}
			}
		}

		void cancel() {
			this.request.dispose();
			ended();
		}

		private Mono<Void> ask(List<Key> keys) {
			if (keys.size() == 1) {
				return askSingly(keys);
			}
			return Mono.defer(() -> BatchLoader.this.source.rows(keys.stream().map((key) -> key.id).toList()))
				.onErrorResume(BatchLoader::mayBeCausedByOneKey, (failure) -> askSingly(keys).then(Mono.empty()))
				.flatMap((rows) -> distribute(keys, rows));
		}

		private Mono<Void> distribute(List<Key> keys, List<KeyedRow<T>> rows) {
			Map<String, List<T>> found = new HashMap<>();
			for (KeyedRow<T> row : rows) {
				BatchLoader.this.source.keyOf(row)
					.ifPresent((key) -> found.computeIfAbsent(key, (first) -> new ArrayList<>(1)).add(row.row()));
			}
			List<Key> left = new ArrayList<>();
			for (Key key : keys) {
				List<T> matching = found.getOrDefault(key.text, List.of());
				if (matching.size() == 1) {
					key.succeed(matching.get(0));
				}
				else if (rows.isEmpty()) {
					key.succeed(null);
				}
				else if (key.hasCallers()) {
					left.add(key);
				}
			}
			if (left.isEmpty()) {
				return Mono.empty();
			}
			return (left.size() < keys.size()) ? ask(left) : askSingly(left);
		}

		private Mono<Void> askSingly(List<Key> keys) {
			return Flux.fromIterable(keys)
				.filter(Key::hasCallers)
				.flatMap((key) -> Mono.defer(() -> BatchLoader.this.source.row(key.id))
					.doOnSuccess(key::succeed)
					.onErrorResume((failure) -> Mono.fromRunnable(() -> key.fail(failure))), SINGLE_REQUESTS)
				.then();
		}

	}

	private static boolean mayBeCausedByOneKey(Throwable failure) {
		return failure instanceof IllegalArgumentException || PostgrestException.in(failure)
			.filter((answer) -> answer.failure().kind() == Failure.Kind.PERMANENT)
			.isPresent();
	}

	/**
	 * A key with the callers that wait for its row.
	 */
	private final class Key {

		private final String text;

		private final Object id;

		private final Set<Caller> callers = new LinkedHashSet<>();

		private @Nullable Batch batch;

		Key(String text, Object id) {
			this.text = text;
			this.id = id;
		}

		boolean hasCallers() {
			synchronized (BatchLoader.this) {
				return !this.callers.isEmpty();
			}
		}

		void succeed(@Nullable T row) {
			takeCallers().forEach((caller) -> caller.succeed(row));
		}

		void fail(Throwable failure) {
			takeCallers().forEach((caller) -> caller.fail(failure));
		}

		private List<Caller> takeCallers() {
			synchronized (BatchLoader.this) {
				List<Caller> taken = List.copyOf(this.callers);
				this.callers.clear();
				return taken;
			}
		}

	}

	/**
	 * A caller that waits. What its operators throw does not affect other callers.
	 */
	private final class Caller {

		private final MonoSink<T> sink;

		private final long deadline;

		Caller(MonoSink<T> sink) {
			this.sink = sink;
			this.deadline = BatchLoader.this.scheduler.now(TimeUnit.NANOSECONDS)
					+ Math.min(BatchLoader.this.timeout, Long.MAX_VALUE / 2);
		}

		void succeed(@Nullable T row) {
			deliver(() -> this.sink.success(row));
		}

		void fail(Throwable failure) {
			deliver(() -> this.sink.error(failure));
		}

		private static void deliver(Runnable signal) {
			try {
				signal.run();
			}
			catch (Throwable ex) {
				logger.warn("A subscriber of a batched read failed", ex);
			}
		}

	}

}
