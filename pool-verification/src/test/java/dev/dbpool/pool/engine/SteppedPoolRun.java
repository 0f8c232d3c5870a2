package dev.dbpool.pool.engine;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.ConnectionSnapshot.State;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.LeaseSnapshot;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolOptions.ConnectionChoice;
import dev.dbpool.pool.PoolSnapshot;
import dev.dbpool.pool.engine.SteppedThreads.Stepped;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One random schedule of threads that block in {@link ConnectionPool#acquire}, time out,
 * are interrupted, release, and of an operator beside them. Where {@link PoolSimulation}
 * has no threads, this has nothing else: it is about who sleeps, and who wakes whom.
 */
final class SteppedPoolRun {

	/** The threads that run in between take time as well. */
	private static final Duration SLACK = Duration.ofMillis(300);

	private final Random random;

	private final SteppedThreads threads;

	private final SteppedConnector connector = new SteppedConnector();

	private final DefaultConnectionPool<Connection> pool;

	private final LeaseSlots<Connection> slots;

	private final List<Stepped> callers = new ArrayList<>();

	private final Set<String> blocked = new HashSet<>();

	private final int perConnection;

	private int max;

	SteppedPoolRun(long seed) {
		this.random = new Random(seed);
		this.threads = new SteppedThreads(this.random);
		this.perConnection = 1 + this.random.nextInt(2);
		this.max = 1 + this.random.nextInt(2);
		PoolOptions options = PoolOptions.builder("stepped")
			.minConnections(this.random.nextInt(this.max + 1))
			.maxConnections(this.max)
			.leasesPerConnection(this.perConnection)
			.connectionChoice(ConnectionChoice.values()[this.random.nextInt(ConnectionChoice.values().length)])
			.maxPending(this.random.nextInt(4) == 0 ? 1 : 20)
			.idleTimeout(Duration.ZERO)
			.maxLifetime(Duration.ZERO)
			.keepAliveInterval(Duration.ZERO)
			.validateAfterIdle(this.random.nextInt(3) == 0 ? Duration.ofMillis(5) : Duration.ofDays(1))
			.leakDetectionTimeout(Duration.ZERO)
			.minOpenBackoff(Duration.ZERO)
			.maxOpenBackoff(Duration.ZERO)
			.executor(Runnable::run)
			.build();
		this.pool = new DefaultConnectionPool<>(options, this.threads, this.connector, this.threads,
				ConnectionPool.UNRESTRICTED);
		this.slots = this.pool.slots;
		ReentrantLock lock = (ReentrantLock) field(field(this.pool, "state"), "lock");
		this.threads.uninterruptibleWhile(lock::isHeldByCurrentThread);
		this.threads.whenQuiet(this::checkThatAllMaySleep);
	}

	private static Object field(Object owner, String name) {
		try {
			Field field = owner.getClass().getDeclaredField(name);
			field.setAccessible(true);
			return field.get(owner);
		}
		catch (ReflectiveOperationException ex) {
			throw new LinkageError("the engine has no '" + name + "' any more", ex);
		}
	}

	void run() {
		int count = 2 + this.random.nextInt(3);
		for (int i = 0; i < count; i++) {
			String name = "caller " + i;
			this.callers.add(this.threads.add(name, () -> call(name)));
		}
		if (this.random.nextBoolean()) {
			this.threads.add("operator", this::operate);
		}
		Stepped[] closer = new Stepped[1];
		closer[0] = this.threads.add("closer", () -> close(closer[0]));
		this.pool.start();
		this.threads.run();
		endsWithNothingLost();
	}

	private void call(String name) {
		for (int round = 1 + this.random.nextInt(5); round > 0; round--) {
			if (this.random.nextInt(5) == 0) {
				callAsynchronously();
			}
			else {
				callBlocking(name);
			}
			this.threads.point();
		}
	}

	private void callBlocking(String name) {
		Duration timeout = timeout();
		long latest = this.threads.nanoTime() + timeout.plus(SLACK).toNanos();
		Lease<Connection> lease;
		this.blocked.add(name);
		try {
			lease = this.pool.acquire(LeaseOwner.of(name), timeout);
		}
		catch (PoolException ex) {
			Thread.interrupted();
			return;
		}
		finally {
			this.blocked.remove(name);
			assertThat(this.threads.nanoTime()).as("the end of a wait of %s", timeout).isLessThan(latest);
		}
		use(lease);
	}

	private void callAsynchronously() {
		Acquisition acquisition = this.pool.acquire(LeaseOwner.of("async"), timeout(), new LeaseCallback<>() {

			@Override
			public void onLease(Lease<Connection> lease) {
				SteppedPoolRun.this.threads.point();
				lease.close();
			}

			@Override
			public void onFailure(PoolException cause) {
			}

		});
		this.threads.point();
		if (this.random.nextBoolean()) {
			acquisition.cancel();
		}
	}

	private Duration timeout() {
		return switch (this.random.nextInt(6)) {
			case 0 -> Duration.ZERO;
			case 1, 2 -> Duration.ofMillis(1 + this.random.nextInt(20));
			case 3 -> Duration.ofMillis(900 + this.random.nextInt(300));
			default -> Duration.ofMinutes(10);
		};
	}

	private void use(Lease<Connection> lease) {
		Connection connection;
		try {
			connection = lease.connection();
		}
		catch (LeaseRevokedException ex) {
			lease.close();
			return;
		}
		connection.users++;
		assertThat(connection.users).as("leases on one connection").isLessThanOrEqualTo(this.perConnection);
		assertThat(connection.closed).as("leased after close").isFalse();
		if (this.random.nextBoolean()) {
			this.threads.sleep(Duration.ofMillis(this.random.nextInt((this.random.nextInt(10) == 0) ? 2_000 : 10)));
		}
		this.threads.point();
		connection.users--;
		switch (this.random.nextInt(8)) {
			case 0 -> lease.invalidate();
			case 1 -> connection.events.disconnected();
			default -> {
			}
		}
		lease.close();
		if (this.random.nextInt(4) == 0) {
			this.threads.point();
			lease.close();
		}
	}

	private void operate() {
		for (int round = 1 + this.random.nextInt(6); round > 0; round--) {
			switch (this.random.nextInt(7)) {
				case 0 -> this.pool.connections().stream().findFirst().ifPresent((one) -> this.pool.evict(one.id()));
				case 1 -> this.pool.softReset();
				case 2 -> resize();
				case 3 -> suspendForAWhile();
				case 4, 5 -> this.threads.interrupt(this.callers.get(this.random.nextInt(this.callers.size())));
				default -> this.threads.sleep(Duration.ofMillis(this.random.nextInt(15)));
			}
			this.threads.point();
		}
	}

	private void resize() {
		this.max = 1 + this.random.nextInt(3);
		this.pool.resize(this.random.nextInt(this.max + 1), this.max);
	}

	private void suspendForAWhile() {
		this.pool.suspend();
		this.threads.sleep(Duration.ofMillis(this.random.nextInt(10)));
		this.pool.resume();
	}

	private void close(Stepped me) {
		if (this.random.nextInt(3) > 0) {
			this.threads.awaitOthers(me);
		}
		else {
			this.threads.sleep(Duration.ofMillis(this.random.nextInt(40)));
		}
		CompletableFuture<Void> closed = this.pool.close(Duration.ofSeconds(1)).toCompletableFuture();
		this.threads.awaitOthers(me);
		for (int second = 0; second < 60 && !closed.isDone(); second++) {
			this.threads.sleep(Duration.ofSeconds(1));
		}
		assertThat(closed).as("the end of the pool").isCompleted();
	}

	/**
	 * No thread runs: one that waits must have nothing to wait for except other threads.
	 */
	private void checkThatAllMaySleep() {
		int waiting = this.slots.queue.waiting();
		for (LeaseSnapshot lease : this.pool.leases()) {
			assertThat(this.blocked).as("callers that have their lease and sleep on")
				.doesNotContain(lease.owner().operation());
		}
		if (waiting == 0 || this.slots.queue.isSuspended()) {
			return;
		}
		assertThat(this.slots.queue.isClosed()).as("%s wait in a closed pool, all threads are parked", waiting)
			.isFalse();
		PoolSnapshot state = this.pool.snapshot();
		String picture = waiting + " wait, all threads are parked: " + state + " " + this.pool.connections();
		assertThat(hasFree(this.slots::isFresh)).as("a slot is free; %s", picture).isFalse();
		int expected = this.perConnection * (count(State.OPENING) + count(State.VALIDATING));
		if (waiting > expected) {
			assertThat(hasFree((slot) -> true)).as("a slot is free to be checked; %s", picture).isFalse();
			boolean mayOpen = state.total() < state.max() && state.opening() < this.pool.options().maxConcurrentOpens()
					&& state.lastOpenFailure().isEmpty();
			assertThat(mayOpen).as("the pool could grow; %s", picture).isFalse();
		}
	}

	private boolean hasFree(Predicate<Slot<Connection>> condition) {
		return Arrays.stream(this.slots.all)
			.anyMatch((slot) -> Slot.is(Slot.FREE, slot.word()) && condition.test(slot));
	}

	private int count(State state) {
		return (int) this.pool.connections().stream().filter((connection) -> connection.state() == state).count();
	}

	private void endsWithNothingLost() {
		PoolSnapshot end = this.pool.snapshot();
		assertThat(end.total()).as("connections left").isZero();
		assertThat(end.pending()).as("waiters left").isZero();
		assertThat(end.acquired()).as("leases that never ended").isEqualTo(end.released());
		assertThat(end.created()).as("connections never closed").isEqualTo(end.destroyed());
		assertThat(this.connector.alive).as("connections alive").isZero();
	}

	private static final class Connection {

		final ConnectionEvents events;

		int users;

		boolean closed;

		Connection(ConnectionEvents events) {
			this.events = events;
		}

	}

	private final class SteppedConnector implements Connector<Connection> {

		private int alive;

		@Override
		public CompletionStage<Connection> open(ConnectionEvents events) {
			return atLeisure(() -> {
				if (SteppedPoolRun.this.random.nextInt(8) == 0) {
					throw new IllegalStateException("refused");
				}
				this.alive++;
				return new Connection(events);
			});
		}

		@Override
		public CompletionStage<Void> validate(Connection connection) {
			return atLeisure(() -> {
				if (SteppedPoolRun.this.random.nextInt(8) == 0) {
					throw new IllegalStateException("no answer");
				}
				return null;
			});
		}

		@Override
		public boolean isReusable(Connection connection) {
			return connection.events.connectionId() % 3 != 0;
		}

		@Override
		public CompletionStage<Void> reset(Connection connection) {
			return (connection.events.connectionId() % 3 == 0) ? atLeisure(() -> null)
					: CompletableFuture.completedStage(null);
		}

		@Override
		public CompletionStage<Void> close(Connection connection) {
			connection.closed = true;
			return atLeisure(() -> {
				this.alive--;
				return null;
			});
		}

		private <T> CompletionStage<T> atLeisure(Supplier<T> work) {
			CompletableFuture<T> stage = new CompletableFuture<>();
			Runnable task = () -> {
				try {
					stage.complete(work.get());
				}
				catch (IllegalStateException ex) {
					stage.completeExceptionally(ex);
				}
			};
			if (SteppedPoolRun.this.random.nextInt(3) == 0) {
				task.run();
			}
			else {
				SteppedPoolRun.this.threads.schedule(Duration.ofMillis(SteppedPoolRun.this.random.nextInt(5)), task);
			}
			return stage;
		}

	}

}
