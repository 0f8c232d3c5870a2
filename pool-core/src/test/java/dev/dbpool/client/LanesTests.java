package dev.dbpool.client;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import dev.dbpool.pool.ConnectionPool;
import dev.dbpool.pool.PoolOptions;
import dev.dbpool.pool.PoolSnapshot;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Lanes}: loans between pools that are exhausted or have room.
 */
class LanesTests {

	private static final Duration LATE = Duration.ofSeconds(10);

	private static final int PURGE_INTERVAL = 256;

	private final List<String> calls = new CopyOnWriteArrayList<>();

	private final AtomicLong time = new AtomicLong();

	private volatile boolean resetting;

	private final Pool reads = new Pool(3);

	private final Pool writes = new Pool(0);

	private final Lanes lanes = new Lanes(Map.of(Lane.READ, this.reads.proxy(), Lane.WRITE, this.writes.proxy()),
			LaneSharing.IDLE, 1, List.of(), ConcurrencyLimit.FIXED, () -> this.resetting, this.time::get);

	@Test
	void laneLendsAllButOneOfItsConnections() {
		assertThat(chosen()).isEqualTo(Lane.WRITE);
		assertThat(chosen()).isEqualTo(Lane.WRITE);
		assertThat(chosen()).isEqualTo(Lane.READ);
		assertThat(chosen()).isEqualTo(Lane.READ);
	}

	@Test
	void laneLendsAgainAfterALoanHasEnded() {
		laneLendsAllButOneOfItsConnections();
		this.lanes.returned(Lane.WRITE);
		assertThat(chosen()).isEqualTo(Lane.WRITE);
		assertThat(chosen()).isEqualTo(Lane.READ);
	}

	@Test
	void connectionsAreNotListedUnlessOneWaitsForALateAnswer() {
		chosen();
		assertThat(this.calls).contains("snapshot").doesNotContain("connections");
		this.resetting = true;
		chosen();
		assertThat(this.calls).contains("connections");
	}

	@Test
	void stateOfALaneCountsForFiftyMilliseconds() {
		assertThat(chosen()).isEqualTo(Lane.WRITE);
		this.writes.max = 1;
		this.calls.clear();
		pass(Duration.ofMillis(49));
		assertThat(chosen()).as("by the state of before").isEqualTo(Lane.WRITE);
		assertThat(this.calls).doesNotContain("snapshot");
		this.lanes.returned(Lane.WRITE);
		pass(Duration.ofMillis(1));
		assertThat(chosen()).as("by the present state").isEqualTo(Lane.READ);
		assertThat(this.calls).contains("snapshot");
	}

	@Test
	void laneThatIsExhaustedOnlyNowBorrowsImmediately() {
		this.reads.total = 2;
		assertThat(chosen()).isEqualTo(Lane.READ);
		this.reads.total = 3;
		assertThat(chosen()).isEqualTo(Lane.WRITE);
	}

	@Test
	void suspendedLaneNeitherLendsNorBorrowsHoweverRecentlyItsStateWasLookedAt() {
		assertThat(chosen()).isEqualTo(Lane.WRITE);
		this.writes.suspended = true;
		assertThat(chosen()).as("of a suspended lane").isEqualTo(Lane.READ);
		this.writes.suspended = false;
		this.reads.suspended = true;
		assertThat(chosen()).as("for a suspended lane").isEqualTo(Lane.READ);
		this.reads.suspended = false;
		assertThat(chosen()).isEqualTo(Lane.WRITE);
	}

	@Test
	void statementThatWaitsBorrowsWhenALaneIsResumed() {
		this.writes.suspended = true;
		Statement waiting = new Statement();
		this.lanes.waits(Lane.READ, waiting);
		assertThat(waiting.lender).isNull();
		this.writes.suspended = false;
		awaitLoan(waiting);
	}

	@Test
	void statementThatWaitsBorrowsAtTheEndOfAnOverload() {
		this.lanes.answeredTooLate();
		Statement waiting = new Statement();
		this.lanes.waits(Lane.READ, waiting);
		pass(LATE.minusMillis(1));
		this.lanes.changed();
		assertThat(waiting.lender).isNull();
		pass(Duration.ofMillis(1));
		awaitLoan(waiting);
	}

	@Test
	void statementThatWaitsBorrowsWhenTheOtherLaneGrows() {
		this.writes.max = 1;
		Statement waiting = new Statement();
		this.lanes.waits(Lane.READ, waiting);
		assertThat(waiting.lender).isNull();
		this.writes.max = 3;
		awaitLoan(waiting);
	}

	@Test
	void laneWithoutAPoolIsReported() {
		Lanes onlyReads = new Lanes(Map.of(Lane.READ, this.reads.proxy()), LaneSharing.NONE, 1);
		assertThatIllegalStateException().isThrownBy(() -> onlyReads.pool(Lane.WRITE))
			.withMessage("no pool for lane write");
		assertThatIllegalStateException().isThrownBy(() -> onlyReads.acquireTimeout(Lane.WRITE))
			.withMessage("no pool for lane write");
	}

	@Test
	void statementsThatWaitNoMoreAreForgottenBehindOneThatDoes() {
		this.writes.suspended = true;
		Statement first = new Statement();
		this.lanes.waits(Lane.READ, first);
		List<Statement> ended = new ArrayList<>();
		for (int i = 1; i < PURGE_INTERVAL; i++) {
			Statement statement = new Statement();
			statement.waits = false;
			ended.add(statement);
			this.lanes.waits(Lane.READ, statement);
		}
		assertThat(ended).as("looked at one time, to be removed").allMatch((statement) -> statement.looks.get() == 1);
		first.waits = false;
		this.lanes.changed();
		assertThat(ended).as("removed").allMatch((statement) -> statement.looks.get() == 1);
	}

	private Lane chosen() {
		return this.lanes.laneForStatement(Lane.READ);
	}

	private void pass(Duration duration) {
		this.time.addAndGet(duration.toNanos());
	}

	/**
	 * Waits for a loan. The time of the lanes goes on, so that they look at each other.
	 */
	private void awaitLoan(Statement statement) {
		await().until(() -> {
			pass(Duration.ofMillis(100));
			return statement.lender == Lane.WRITE;
		});
	}

	private static final class Statement implements Lanes.Borrower {

		private final AtomicInteger looks = new AtomicInteger();

		private volatile boolean waits = true;

		private volatile Lane lender;

		@Override
		public boolean isWaiting() {
			this.looks.incrementAndGet();
			return this.waits;
		}

		@Override
		public boolean borrow(Lane lender) {
			this.waits = false;
			this.lender = lender;
			return true;
		}

	}

	/**
	 * A pool of three connections, of which some are leased.
	 */
	private final class Pool {

		private final int active;

		private volatile int total = 3;

		private volatile int max = 3;

		private volatile boolean suspended;

		Pool(int active) {
			this.active = active;
		}

		private PoolSnapshot snapshot() {
			return new PoolSnapshot("test", 0, this.max, this.total, this.active, this.total - this.active, 0, 0, 0, 0,
					0, 0, 0, 0, 0, 0, 0, 0, Duration.ZERO, Duration.ZERO, Optional.empty(), Optional.empty(),
					Optional.empty(), this.suspended);
		}

		@SuppressWarnings("unchecked")
		ConnectionPool<ClientConnection> proxy() {
			return (ConnectionPool<ClientConnection>) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { ConnectionPool.class }, (proxy, method, arguments) -> {
						LanesTests.this.calls.add(method.getName());
						return switch (method.getName()) {
							case "options" -> PoolOptions.builder("test").build();
							case "isAnyFree" -> this.active < 3;
							case "pending" -> 0;
							case "isSuspended" -> this.suspended;
							case "snapshot" -> snapshot();
							case "connections" -> List.of();
							case "hashCode" -> System.identityHashCode(proxy);
							case "equals" -> proxy == arguments[0];
							default -> throw new UnsupportedOperationException(method.getName());
						};
					});
		}

	}

}
