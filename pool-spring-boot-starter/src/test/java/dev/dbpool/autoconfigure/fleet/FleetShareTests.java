package dev.dbpool.autoconfigure.fleet;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.dbpool.autoconfigure.fleet.FleetStatus.State;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.Connector;
import dev.dbpool.pool.Lease;
import dev.dbpool.pool.LeaseOwner;
import dev.dbpool.pool.PoolOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The share on virtual time, with a budget that answers when the test lets it.
 */
@ExtendWith(OutputCaptureExtension.class)
class FleetShareTests {

	private static final Duration LEASE = Duration.ofSeconds(10);

	private static final Duration TICK = LEASE.dividedBy(40);

	private static final LeaseOwner OWNER = LeaseOwner.of("GET /cars");

	private final StubBudget budget = new StubBudget();

	private final Queue<Runnable> work = new ArrayDeque<>();

	private final Map<Lane, ConnectionPool<?>> pools = new EnumMap<>(Lane.class);

	private long now = 1;

	private FleetShare share;

	@BeforeEach
	void createPools() {
		for (Lane lane : Lane.values()) {
			this.pools.put(lane,
					ConnectionPool.create(PoolOptions.builder(lane.id()).minConnections(2).maxConnections(10).build(),
							new StubConnector(), 0));
		}
		this.share = new FleetShare(
				new FleetShare.Settings("default", "shop:default", "me", 30, "db.pool.fleet.max-connections", LEASE),
				this.budget, () -> this.now, Runnable::run, this.work::add, (text) -> {
				});
	}

	@AfterEach
	void closePools() {
		this.pools.values().forEach((pool) -> pool.close(Duration.ZERO));
	}

	private void join(int granted) {
		this.budget.share = granted;
		this.share.begin("default", this.pools);
		work();
	}

	/**
	 * Lets the process run: the clock ticks and renewals are answered.
	 */
	private void run(Duration time) {
		for (long ticks = time.dividedBy(TICK); ticks > 0; ticks--) {
			tick();
			work();
		}
	}

	private void tick() {
		this.now += TICK.toNanos();
		this.share.tick();
	}

	private void freeze(Duration time) {
		this.now += time.toNanos();
	}

	private void work() {
		for (Runnable next = this.work.poll(); next != null; next = this.work.poll()) {
			next.run();
		}
	}

	private int max(Lane lane) {
		return this.pools.get(lane).snapshot().max();
	}

	@Test
	void aPoolOpensNothingBeforeItHasAShare() {
		this.budget.share = 8;
		this.share.begin("default", this.pools);
		assertThat(this.share.status().state()).isEqualTo(State.JOINING);
		assertThat(this.share.status().held()).isZero();
		work();
		assertThat(max(Lane.READ)).isEqualTo(4);
		assertThat(max(Lane.WRITE)).isEqualTo(4);
		assertThat(this.share.status().state()).isEqualTo(State.MEMBER);
		assertThat(this.budget.claims.get(0)).satisfies((claim) -> {
			assertThat(claim.held()).isZero();
			assertThat(claim.wanted()).isEqualTo(20);
			assertThat(claim.least()).isEqualTo(2);
			assertThat(claim.budget()).isEqualTo(30);
			assertThat(claim.lease()).isEqualTo(LEASE);
		});
	}

	@Test
	void aShareIsRenewedFiveTimesInALeaseAndMoreOftenWhileItIsToGrow() {
		join(8);
		this.budget.claims.clear();
		run(LEASE);
		assertThat(this.budget.claims).hasSizeBetween(4, 5);
		this.budget.target = 20;
		run(LEASE);
		this.budget.claims.clear();
		run(LEASE);
		assertThat(this.budget.claims).hasSizeGreaterThan(10);
		assertThat(this.budget.claims).extracting(FleetBudget.Claim::sequence).isSorted().doesNotHaveDuplicates();
	}

	@Test
	void whatIsLeasedCountsUntilItIsGivenBack() {
		join(4);
		List<Lease<?>> leases = new ArrayList<>();
		for (ConnectionPool<?> pool : this.pools.values()) {
			leases.add(pool.acquire(OWNER));
			leases.add(pool.acquire(OWNER));
		}
		this.budget.share = 2;
		run(Duration.ofSeconds(3));
		assertThat(this.share.status()).satisfies((status) -> {
			assertThat(status.share()).isEqualTo(2);
			assertThat(status.held()).isEqualTo(4);
		});
		assertThat(this.budget.lastClaim().held()).isEqualTo(4);
		leases.forEach(Lease::close);
		await().until(() -> this.share.status().held() == 2);
		run(Duration.ofSeconds(1));
		assertThat(this.budget.lastClaim().held()).isEqualTo(2);
	}

	@Test
	void withoutTheBudgetAPoolKeepsItsShare(CapturedOutput output) {
		join(8);
		this.budget.failure = new IllegalStateException("connection refused");
		run(LEASE.multipliedBy(3));
		assertThat(this.share.isOpen()).isTrue();
		assertThat(this.share.status().state()).isEqualTo(State.DETACHED);
		assertThat(this.share.status().share()).isEqualTo(8);
		assertThat(max(Lane.READ)).isEqualTo(4);
		assertThat(output).containsOnlyOnce("cannot renew its share of fleet 'shop:default' and keeps 8 connections");
		this.budget.failure = null;
		run(LEASE);
		assertThat(this.share.status().state()).isEqualTo(State.MEMBER);
		assertThat(output).containsOnlyOnce("has renewed its share of fleet 'shop:default' again");
		assertThat(this.budget.claims).filteredOn((claim) -> claim.unheard().compareTo(LEASE.multipliedBy(2)) > 0)
			.isNotEmpty();
		assertThat(this.budget.lastClaim().unheard()).isZero();
	}

	@Test
	void aPoolThatCannotReachTheBudgetAtTheStartHasOneConnectionForEachLane(CapturedOutput output) {
		this.budget.failure = new IllegalStateException("connection refused");
		join(0);
		run(LEASE.minus(TICK));
		assertThat(max(Lane.READ)).as("while the first answer may just take long").isZero();
		run(LEASE);
		assertThat(max(Lane.READ)).isOne();
		assertThat(max(Lane.WRITE)).isOne();
		assertThat(output)
			.contains("Pool 'default' cannot renew its share of fleet 'shop:default' and keeps 2 connections");
		this.budget.failure = null;
		this.budget.share = 8;
		run(LEASE);
		assertThat(this.budget.claims).extracting(FleetBudget.Claim::held).contains(2);
		assertThat(max(Lane.READ)).isEqualTo(4);
	}

	@Test
	void aBudgetThatDoesNotAnswerIsOneThatCannotBeReached() {
		join(8);
		for (long ticks = LEASE.multipliedBy(3).dividedBy(TICK); ticks > 0; ticks--) {
			tick();
			assertThat(this.share.isOpen()).isTrue();
		}
		assertThat(this.work).as("one renewal at a time").hasSize(1);
		assertThat(this.share.status().state()).isEqualTo(State.DETACHED);
		assertThat(this.share.status().failures()).isOne();
	}

	@Test
	void aPoolThatWasFrozenForTooLongUsesNothingBeforeTheNextRenewal(CapturedOutput output) {
		join(20);
		run(Duration.ofSeconds(5));
		freeze(LEASE);
		assertThat(this.share.isOpen()).as("before the clock has ticked").isFalse();
		assertThat(this.share.status().state()).isEqualTo(State.FROZEN);
		CompletableFuture<Void> request = this.share.whenOpen().toCompletableFuture();
		assertThat(request).isNotDone();
		this.budget.share = 6;
		request
			.thenRun(() -> assertThat(max(Lane.READ) + max(Lane.WRITE)).as("at the time of the request").isEqualTo(6));
		work();
		assertThat(request).isCompleted();
		assertThat(this.share.isOpen()).isTrue();
		assertThat(output).containsOnlyOnce("Requests wait until it is renewed");
	}

	@Test
	void theClockRenewsTheShareOfAFrozenPoolWithoutARequest() {
		join(8);
		freeze(LEASE.multipliedBy(6));
		tick();
		assertThat(this.share.isOpen()).isFalse();
		work();
		assertThat(this.share.isOpen()).isTrue();
	}

	@Test
	void anAnswerFromBeforeTheFreezeRenewsNothing() {
		join(8);
		while (this.work.isEmpty()) {
			tick();
		}
		freeze(LEASE);
		CompletableFuture<Void> request = this.share.whenOpen().toCompletableFuture();
		this.work.remove().run();
		assertThat(request).isNotDone();
		assertThat(this.share.isOpen()).isFalse();
		work();
		assertThat(request).isCompleted();
	}

	@Test
	void aFailureFromBeforeTheFreezeSaysNothingAboutTheTimeAfterIt() {
		join(8);
		while (this.work.isEmpty()) {
			tick();
		}
		freeze(LEASE);
		this.budget.failure = new IllegalStateException("timed out");
		this.work.remove().run();
		assertThat(this.share.isOpen()).isFalse();
		assertThat(this.share.status().state()).isEqualTo(State.FROZEN);
		work();
		assertThat(this.share.isOpen()).as("after a failure in time that the process has run").isTrue();
	}

	@Test
	void aFreezeWhileTheBudgetDoesNotAnswerClosesTheGate() {
		join(8);
		for (int i = 0; i < 100; i++) {
			tick();
		}
		assertThat(this.share.isOpen()).isTrue();
		freeze(LEASE);
		tick();
		assertThat(this.share.isOpen()).isFalse();
		for (int i = 0; i < 8; i++) {
			tick();
		}
		assertThat(this.share.isOpen()).as("when it has run for as long as an answer may take").isTrue();
	}

	@Test
	void aPoolWithoutAShareSaysWhyItServesNoCaller(CapturedOutput output) {
		this.budget.members = 16;
		join(0);
		run(LEASE.multipliedBy(2));
		assertThat(max(Lane.READ)).isZero();
		assertThat(output).containsOnlyOnce(
				"Pool 'default' has no share of fleet 'shop:default': the 16 instances have the 30 connections of db.pool.fleet.max-connections, 2 for each at least. Increase it, or run fewer instances");
	}

	@Test
	void aPoolThatIsClosingWantsNothingMoreAndLeavesInTheEnd() {
		join(8);
		this.share.giveBack();
		this.budget.share = 0;
		run(Duration.ofSeconds(1));
		assertThat(this.budget.lastClaim().wanted()).isZero();
		await().untilAsserted(() -> {
			run(Duration.ofSeconds(1));
			assertThat(this.budget.lastClaim().held()).isZero();
		});
		CompletableFuture<Void> left = this.share.leave().toCompletableFuture();
		work();
		assertThat(left).isCompleted();
		assertThat(this.budget.left).containsExactly("me");
		freeze(LEASE.multipliedBy(2));
		assertThat(this.share.isOpen()).isTrue();
	}

	private static final class StubBudget implements FleetBudget {

		private final List<Claim> claims = new ArrayList<>();

		private final List<String> left = new ArrayList<>();

		private int share;

		private int target = -1;

		private int members = 2;

		private RuntimeException failure;

		@Override
		public Grant renew(Claim claim) {
			this.claims.add(claim);
			if (this.failure != null) {
				throw this.failure;
			}
			return new Grant(this.share, (this.target != -1) ? this.target : this.share, this.members, 30);
		}

		@Override
		public void leave(String fleet, String member) {
			this.left.add(member);
		}

		Claim lastClaim() {
			return this.claims.get(this.claims.size() - 1);
		}

	}

	private static final class StubConnector implements Connector<Object> {

		@Override
		public CompletionStage<Object> open(ConnectionEvents events) {
			return CompletableFuture.completedFuture(new Object());
		}

		@Override
		public CompletionStage<Void> validate(Object connection) {
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public CompletionStage<Void> close(Object connection) {
			return CompletableFuture.completedFuture(null);
		}

	}

}
