package dev.dbpool.pool.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.ConnectionPool.Acquisition;
import dev.dbpool.pool.ConnectionSnapshot.State;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Connector.ConnectionEvents;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseCallback;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolException;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolOptions.ConnectionChoice;
import dev.dbpool.pool.PoolOptions.QueueDiscipline;
import dev.dbpool.pool.PoolSnapshot;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One random schedule of everything that can happen to a pool, on virtual time and
 * without threads: callers come, give up and leave, connections open, fail, hang and get
 * lost, operators evict, revoke, resize, restrict, reset, suspend and resume. The
 * invariants are checked after each step. The same seed gives the same schedule.
 */
final class PoolSimulation {

	private static final int STEPS = 300;

	private final Random random;

	private final VirtualScheduler time = new VirtualScheduler();

	private final SimulatedConnector connector = new SimulatedConnector();

	private final List<Caller> waiting = new ArrayList<>();

	private final List<Lease<Connection>> leases = new ArrayList<>();

	private final ConnectionPool<Connection> pool;

	private final int leasesPerConnection;

	private int size;

	private int restriction = ConnectionPool.UNRESTRICTED;

	/** The smaller one of both. */
	private int max;

	/** The maximum, or what is left from a larger one. */
	private int bound;

	private long lastServed = -1;

	private long arrivals;

	private final QueueDiscipline discipline;

	PoolSimulation(long seed) {
		this.random = new Random(seed);
		this.size = 1 + this.random.nextInt(5);
		this.max = this.size;
		this.bound = this.max;
		this.discipline = QueueDiscipline.values()[this.random.nextInt(QueueDiscipline.values().length)];
		this.leasesPerConnection = Math.max(1, this.random.nextInt(6) - 2);
		this.time.watches = this.random.nextBoolean();
		PoolOptions options = PoolOptions.builder("simulation")
			.minConnections(this.random.nextInt(this.max + 1))
			.maxConnections(this.max)
			.leasesPerConnection(this.leasesPerConnection)
			.queueDiscipline(this.discipline)
			.connectionChoice(
					this.random.nextBoolean() ? ConnectionChoice.HOTTEST : ConnectionChoice.LEAST_RECENTLY_USED)
			.maxConcurrentOpens(1 + this.random.nextInt(3))
			.maxPending(8)
			.idleTimeout(seconds(60))
			.maxLifetime(seconds(120))
			.keepAliveInterval(seconds(20))
			.validateAfterIdle(seconds(this.random.nextInt(15)))
			.openTimeout(seconds(10 + this.random.nextInt(60)))
			.releaseTimeout(seconds(5))
			.leakDetectionTimeout(this.random.nextBoolean() ? seconds(60) : Duration.ZERO)
			.executor(Runnable::run)
			.build();
		DefaultConnectionPool<Connection> created = new DefaultConnectionPool<>(options, this.time, this.connector,
				Parking.THREADS, ConnectionPool.UNRESTRICTED);
		created.start();
		this.pool = created;
	}

	void run() {
		for (int step = 0; step < STEPS; step++) {
			act();
			checkInvariants();
		}
		endsWithNothingLost();
	}

	private void act() {
		switch (this.random.nextInt(20)) {
			case 0, 1, 2, 3 -> arrive();
			case 4, 5, 6 -> withOneOf(this.leases, Lease::close);
			case 7 -> withOneOf(this.leases, (lease) -> {
				lease.invalidate();
				lease.close();
				lease.close();
			});
			case 8 -> withOneOf(this.waiting, Caller::giveUp);
			case 9, 10, 11 -> this.connector.completeOne(this.random);
			case 12 -> withOneOf(this.pool.connections(), (connection) -> this.pool.evict(connection.id()));
			case 13 -> withOneOf(this.pool.leases(), (lease) -> this.pool.revoke(lease.id()));
			case 14 -> withOneOf(this.connector.alive, (connection) -> connection.events().disconnected());
			case 15 -> resize();
			case 16 -> operate();
			case 17 -> restrict();
			default -> this.time.advance(Duration.ofMillis(this.random.nextInt(10_000)));
		}
	}

	private void resize() {
		this.size = 1 + this.random.nextInt(5);
		this.max = Math.min(this.size, this.restriction);
		this.pool.resize(this.random.nextInt(this.size + 1), this.size);
	}

	private void restrict() {
		this.restriction = this.random.nextBoolean() ? this.random.nextInt(4) : ConnectionPool.UNRESTRICTED;
		this.max = Math.min(this.size, this.restriction);
		this.pool.restrict(this.restriction);
	}

	private void operate() {
		switch (this.random.nextInt(4)) {
			case 0 -> this.pool.softReset();
			case 1 -> this.pool.suspend();
			default -> this.pool.resume();
		}
	}

	private void arrive() {
		Caller caller = new Caller(this.arrivals++);
		this.waiting.add(caller);
		caller.acquisition = this.pool.acquire(LeaseOwner.of("caller " + caller.number),
				Duration.ofMillis(this.random.nextInt(30_000)), caller);
	}

	private <T> void withOneOf(List<T> items, Consumer<T> action) {
		if (!items.isEmpty()) {
			action.accept(items.get(this.random.nextInt(items.size())));
		}
	}

	private void checkInvariants() {
		this.leases.removeIf((lease) -> !lease.isActive());
		PoolSnapshot state = this.pool.snapshot();
		assertThat(state.total()).isEqualTo(state.active() + state.idle() + state.opening() + state.closing());
		checkBound();
		assertThat(count(State.IDLE)).as("idle connections, also after the pool was made smaller")
			.isLessThanOrEqualTo(this.max);
		assertThat(this.connector.alive.size()).as("connections alive at the server").isLessThanOrEqualTo(this.bound);
		assertThat(state.acquired() - state.released()).isEqualTo(this.leases.size());
		assertThat(state.pending()).as("waiters").isEqualTo(this.waiting.size());
		Map<Connection, Integer> held = new HashMap<>();
		for (Lease<Connection> lease : this.leases) {
			assertThat(held.merge(lease.connection(), 1, Integer::sum)).as("leases on one connection")
				.isLessThanOrEqualTo(this.leasesPerConnection);
			assertThat(this.connector.closing).as("closed under a lease").doesNotContain(lease.connection());
		}
		assertThat(state.active()).as("leased connections").isEqualTo(held.size());
		if (!state.suspended()) {
			checkThatNoCallerWaitsBesideAFreeConnection(state);
		}
	}

	private void checkThatNoCallerWaitsBesideAFreeConnection(PoolSnapshot state) {
		int expected = this.leasesPerConnection * (count(State.OPENING) + count(State.VALIDATING));
		boolean mayGrow = state.total() < this.max && state.opening() < this.pool.options().maxConcurrentOpens()
				&& state.lastOpenFailure().isEmpty();
		if (mayGrow) {
			assertThat(state.pending()).as("waiters while the pool could grow for them").isLessThanOrEqualTo(expected);
		}
		if (count(State.IDLE) > 0) {
			assertThat(state.pending()).as("waiters beyond what is being checked or opened, beside idle ones")
				.isLessThanOrEqualTo(expected);
		}
	}

	private int count(State state) {
		return (int) this.pool.connections().stream().filter((connection) -> connection.state() == state).count();
	}

	private void endsWithNothingLost() {
		CompletableFuture<Void> closed = this.pool.close(seconds(30)).toCompletableFuture();
		assertThat(this.waiting).as("callers left waiting").isEmpty();
		List.copyOf(this.leases).forEach(Lease::close);
		while (this.connector.completeOne(this.random)) {
			checkBound();
		}
		this.time.advance(Duration.ofMinutes(2));
		while (this.connector.completeOne(this.random)) {
			checkBound();
		}
		PoolSnapshot end = this.pool.snapshot();
		assertThat(closed).isCompleted();
		assertThat(end.total()).isZero();
		assertThat(end.acquired()).isEqualTo(end.released());
		assertThat(end.created()).isEqualTo(end.destroyed());
		assertThat(this.connector.alive).as("connections never closed").isEmpty();
		assertThat(this.time.pendingTasks()).as("timers left behind").isZero();
	}

	private void checkBound() {
		this.bound = Math.max(this.max, this.bound);
		int total = this.pool.snapshot().total();
		assertThat(total).as("connections of any state").isLessThanOrEqualTo(this.bound);
		this.bound = Math.max(this.max, total);
	}

	private static Duration seconds(int seconds) {
		return Duration.ofSeconds(seconds);
	}

	private final class Caller implements LeaseCallback<Connection> {

		private final long number;

		private Acquisition acquisition;

		Caller(long number) {
			this.number = number;
		}

		void giveUp() {
			assertThat(this.acquisition.cancel()).as("a waiting caller can give up").isTrue();
			PoolSimulation.this.waiting.remove(this);
		}

		@Override
		public void onLease(Lease<Connection> lease) {
			assertThat(PoolSimulation.this.waiting.remove(this)).as("called back once").isTrue();
			assertThat(PoolSimulation.this.pool.snapshot().suspended()).as("served while suspended").isFalse();
			if (PoolSimulation.this.discipline == QueueDiscipline.FIFO) {
				assertThat(this.number).as("served in order of arrival").isGreaterThan(PoolSimulation.this.lastServed);
			}
			PoolSimulation.this.lastServed = this.number;
			PoolSimulation.this.leases.add(lease);
		}

		@Override
		public void onFailure(PoolException cause) {
			assertThat(PoolSimulation.this.waiting.remove(this)).as("called back once").isTrue();
		}

	}

	private record Connection(ConnectionEvents events) {

	}

	/**
	 * Leaves each operation open until the schedule completes it, or never does.
	 */
	private static final class SimulatedConnector implements Connector<Connection> {

		final List<Connection> alive = new ArrayList<>();

		final Set<Connection> closing = new HashSet<>();

		private final List<Runnable> pending = new ArrayList<>();

		private boolean failing;

		boolean completeOne(Random random) {
			if (this.pending.isEmpty()) {
				return false;
			}
			this.failing = random.nextInt(5) == 0;
			this.pending.remove(random.nextInt(this.pending.size())).run();
			return true;
		}

		@Override
		public CompletionStage<Connection> open(ConnectionEvents events) {
			CompletableFuture<Connection> opening = new CompletableFuture<>();
			this.pending.add(() -> {
				if (this.failing) {
					opening.completeExceptionally(new IllegalStateException("refused"));
				}
				else {
					Connection connection = new Connection(events);
					this.alive.add(connection);
					opening.complete(connection);
				}
			});
			return opening;
		}

		@Override
		public CompletionStage<Void> validate(Connection connection) {
			return later();
		}

		@Override
		public boolean isReusable(Connection connection) {
			return connection.events().connectionId() % 3 == 0;
		}

		@Override
		public CompletionStage<Void> reset(Connection connection) {
			return (connection.events().connectionId() % 2 == 0) ? later() : CompletableFuture.completedStage(null);
		}

		private CompletionStage<Void> later() {
			CompletableFuture<Void> operation = new CompletableFuture<>();
			this.pending.add(() -> {
				if (this.failing) {
					operation.completeExceptionally(new IllegalStateException("no answer"));
				}
				else {
					operation.complete(null);
				}
			});
			return operation;
		}

		@Override
		public CompletionStage<Void> close(Connection connection) {
			assertThat(this.closing.add(connection)).as("closed once").isTrue();
			this.alive.remove(connection);
			CompletableFuture<Void> closed = new CompletableFuture<>();
			this.pending.add(() -> closed.complete(null));
			return closed;
		}

	}

}
