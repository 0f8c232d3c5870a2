package dev.dbpool.autoconfigure.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.fleet.FleetStatus.State;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Members with real pools and threads on a real Redis. Each opens as many connections as
 * it may, and all that are open are counted.
 */
@Tag("long")
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class FleetMembersTests {

	private static final int BUDGET = 12;

	/**
	 * So long that a pause of this process counts for nothing.
	 */
	private static final Duration LEASE = Duration.ofSeconds(8);

	/**
	 * Enough for the members to come back after a time without Redis, while no share
	 * grows.
	 */
	private static final Duration LONGEST_CHANGE = LEASE.multipliedBy(8);

	private final AtomicInteger open = new AtomicInteger();

	private final AtomicInteger mostOpen = new AtomicInteger();

	private final List<Member> members = new ArrayList<>();

	private RedisServer redis;

	@BeforeEach
	void startRedis() {
		this.redis = RedisServer.start();
	}

	@AfterEach
	void stop() {
		this.members.forEach(Member::kill);
		if (this.redis != null) {
			this.redis.close();
			assertThat(this.mostOpen.get()).as("connections open at the same time").isLessThanOrEqualTo(BUDGET);
		}
	}

	private Member join(String name) {
		Member member = new Member(name);
		this.members.add(member);
		return member;
	}

	private static void awaitShares(int share, Member... members) {
		await().atMost(LONGEST_CHANGE).untilAsserted(() -> assertThat(members).allSatisfy((member) -> {
			assertThat(member.share.status().share()).as(member.name).isEqualTo(share);
			assertThat(member.mine).as(member.name).hasSize(share);
		}));
	}

	@Test
	void membersShareTheMaximumAsTheyJoinLeaveAndAreKilled() {
		Member a = join("a");
		awaitShares(12, a);
		Member b = join("b");
		awaitShares(6, a, b);
		Member c = join("c");
		awaitShares(4, a, b, c);
		b.leave();
		awaitShares(6, a, c);
		c.kill();
		awaitShares(12, a);
	}

	@Test
	void aShareDoesNotGrowBeforeLeasedConnectionsAreGivenBack() {
		Member a = join("a");
		awaitShares(12, a);
		List<Lease<Object>> leases = Stream.generate(() -> a.pools.get(Lane.READ).acquire(LeaseOwner.of("GET /cars")))
			.limit(6)
			.toList();
		Member b = join("b");
		awaitShares(3, b);
		assertThat(a.share.status()).satisfies((status) -> {
			assertThat(status.share()).isEqualTo(6);
			assertThat(status.held()).isEqualTo(9);
		});
		leases.forEach(Lease::close);
		awaitShares(6, a, b);
	}

	@Test
	void withoutRedisMembersKeepTheirSharesAndNoneIsDroppedWhenItIsBack() {
		Member a = join("a");
		Member b = join("b");
		awaitShares(6, a, b);
		this.redis.kill();
		outlastTheLease(a, b);
		assertThat(this.open).hasValue(12);
		assertThat(a.share.isOpen() && b.share.isOpen()).isTrue();
		this.redis.startAgain();
		awaitMembership(a, b);
		awaitShares(6, a, b);
		Member c = join("c");
		awaitShares(4, a, b, c);
	}

	@Test
	void aRedisThatHasLostItsDataGetsThemBackBeforeAnyShareGrows() {
		Member a = join("a");
		Member b = join("b");
		awaitShares(6, a, b);
		this.redis.kill();
		outlastTheLease(a, b);
		this.redis.startAgainWithoutData();
		awaitMembership(a, b);
		Member c = join("c");
		awaitShares(4, a, b, c);
	}

	private static void outlastTheLease(Member... members) {
		long since = System.nanoTime();
		await().atMost(LONGEST_CHANGE)
			.until(() -> System.nanoTime() - since > LEASE.multipliedBy(5).dividedBy(4).toNanos()
					&& Stream.of(members).allMatch((member) -> member.share.status().state() == State.DETACHED));
	}

	private static void awaitMembership(Member... members) {
		await().atMost(LONGEST_CHANGE)
			.until(() -> Stream.of(members).allMatch((member) -> member.share.status().state() == State.MEMBER));
	}

	@Test
	void aMemberThatWasFrozenPastItsLeaseUsesNothingThatOthersHave() {
		Member a = join("a");
		Member b = join("b");
		awaitShares(6, a, b);
		a.freeze();
		awaitShares(12, b);
		assertThat(a.share.isOpen()).as("by its own clock").isFalse();
		CompletableFuture<Void> request = a.share.whenOpen().toCompletableFuture();
		CompletableFuture<Integer> held = request
			.thenApply((nothing) -> a.share.status().share() + b.share.status().held());
		a.run();
		assertThat(held.join()).isLessThanOrEqualTo(BUDGET);
		awaitShares(6, a, b);
	}

	/**
	 * An instance whose pools open all that they may.
	 */
	private final class Member {

		private final String name;

		private final LettuceConnectionFactory connections = FleetMembersTests.this.redis.connect(LEASE);

		private final PausableExecutor clock = new PausableExecutor();

		private final PausableExecutor worker = new PausableExecutor();

		private final Map<Lane, ConnectionPool<Object>> pools = new EnumMap<>(Lane.class);

		private final Set<Object> mine = ConcurrentHashMap.newKeySet();

		private final FleetShare share;

		private boolean frozen;

		private boolean gone;

		Member(String name) {
			this.name = name;
			for (Lane lane : Lane.values()) {
				this.pools.put(lane,
						ConnectionPool.create(PoolOptions.builder(name + "-" + lane.id())
							.minConnections(10)
							.maxConnections(10)
							.maxConcurrentOpens(10)
							.build(), new CountingConnector(this), 0));
			}
			this.share = new FleetShare(
					new FleetShare.Settings(name, "shop:default", name, BUDGET, "db.pool.fleet.max-connections", LEASE),
					new RedisFleetBudget(this.connections), System::nanoTime, this.clock, this.worker, (text) -> {
					});
			this.share.begin(name, Map.copyOf(this.pools));
			long tick = this.share.tickInterval().toNanos();
			this.clock.scheduleWithFixedDelay(this.share::tick, tick, tick, TimeUnit.NANOSECONDS);
		}

		/**
		 * Stops all that the share does. Its sockets do not count from now on, since
		 * nothing is sent on them.
		 */
		void freeze() {
			this.clock.pause();
			this.worker.pause();
			this.frozen = true;
			FleetMembersTests.this.open.addAndGet(-this.mine.size());
		}

		/**
		 * Lets it run again. What it has open counts as soon as it may be used.
		 */
		void run() {
			this.share.whenOpen().thenRun(() -> {
				this.frozen = false;
				this.mine.forEach((connection) -> opened());
			});
			this.clock.goOn();
			this.worker.goOn();
		}

		void leave() {
			this.share.giveBack();
			this.pools.values().forEach((pool) -> pool.close(LEASE).toCompletableFuture().join());
			this.share.leave().toCompletableFuture().join();
			end();
		}

		/**
		 * Ends it without a word to the others.
		 */
		void kill() {
			if (!this.gone) {
				this.clock.shutdownNow();
				this.worker.shutdownNow();
				this.pools.values().forEach((pool) -> pool.close(Duration.ZERO).toCompletableFuture().join());
				end();
			}
		}

		private void end() {
			this.gone = true;
			this.clock.shutdownNow();
			this.worker.shutdownNow();
			this.connections.destroy();
		}

		void opened() {
			int now = FleetMembersTests.this.open.incrementAndGet();
			FleetMembersTests.this.mostOpen.accumulateAndGet(now, Math::max);
		}

	}

	private final class CountingConnector implements Connector<Object> {

		private final Member member;

		CountingConnector(Member member) {
			this.member = member;
		}

		@Override
		public CompletionStage<Object> open(ConnectionEvents events) {
			Object connection = new Object();
			this.member.mine.add(connection);
			this.member.opened();
			return CompletableFuture.completedFuture(connection);
		}

		@Override
		public CompletionStage<Void> validate(Object connection) {
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public CompletionStage<Void> close(Object connection) {
			this.member.mine.remove(connection);
			if (!this.member.frozen) {
				FleetMembersTests.this.open.decrementAndGet();
			}
			return CompletableFuture.completedFuture(null);
		}

	}

	/**
	 * One thread that can be stopped before its next task.
	 */
	private static final class PausableExecutor extends ScheduledThreadPoolExecutor {

		private final Semaphore running = new Semaphore(1);

		PausableExecutor() {
			super(1);
		}

		@Override
		protected void beforeExecute(Thread thread, Runnable task) {
			this.running.acquireUninterruptibly();
			this.running.release();
		}

		void pause() {
			this.running.acquireUninterruptibly();
		}

		void goOn() {
			this.running.release();
		}

	}

}
