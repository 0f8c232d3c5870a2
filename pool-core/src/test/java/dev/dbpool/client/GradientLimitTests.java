package dev.dbpool.client;

import java.time.Duration;

import dev.dbpool.client.GradientLimit.Sample;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link GradientLimit} in front of a {@link SimulatedServer} that runs ten statements at
 * the same time, as PostgREST does by default.
 */
class GradientLimitTests {

	private static final int CAPACITY = 10;

	private static final int MIN = 3;

	private static final int MAX = 100;

	private final GradientLimit limit = new GradientLimit(MIN, MAX);

	@Test
	void limitBeginsAtTheMaximum() {
		assertThat(this.limit.limit()).isEqualTo(MAX);
	}

	@Test
	void limitStaysWhileTheServerIsNotOverloaded() {
		SimulatedServer server = server().load(50).run(Duration.ofMinutes(5));
		assertThat(server.smallestLimit()).isEqualTo(MAX);
	}

	@Test
	void limitGrowsOnlyWhileCallersWaitForIt() {
		SimulatedServer server = overloadReports(server(), 8);
		assertThat(server.limit()).isEqualTo(MIN);
		assertThat(server.load(1).run(Duration.ofMinutes(5)).largestLimit()).isEqualTo(MIN);
		assertThat(server.load(70).run(Duration.ofMinutes(1)).limit()).isBetween(6, 20);
	}

	@Test
	void limitIsCloseToTheCapacityInAMildOverload() {
		SimulatedServer server = warm().load(110).run(Duration.ofSeconds(30)).run(Duration.ofMinutes(5));
		assertThat(server.limit()).isBetween(CAPACITY, 2 * CAPACITY);
		assertThat(server.answeredPerSecond(Duration.ofMinutes(5))).isGreaterThan(95);
		assertThat(server.meanLatencySeconds()).isLessThan(0.17);
	}

	@Test
	void limitIsCloseToTheProcessorsIfStatementsShareThem() {
		SimulatedServer server = warm().sharesProcessors()
			.load(200)
			.run(Duration.ofSeconds(30))
			.run(Duration.ofMinutes(5));
		assertThat(server.limit()).isBetween(CAPACITY, 2 * CAPACITY);
		assertThat(server.answeredPerSecond(Duration.ofMinutes(5))).isGreaterThan(95);
	}

	@Test
	void limitFollowsAServiceTimeThatDoublesForGood() {
		SimulatedServer server = warm().load(150).run(Duration.ofMinutes(1));
		server.serviceTime(0.2).run(Duration.ofMinutes(1)).run(Duration.ofMinutes(2));
		assertThat(server.limit()).isBetween(CAPACITY, 2 * CAPACITY);
		assertThat(server.answeredPerSecond(Duration.ofMinutes(2))).isGreaterThan(45);
	}

	@Test
	void limitFollowsAServiceTimeThatHalvesForGood() {
		SimulatedServer server = warm().load(250).run(Duration.ofMinutes(1));
		server.serviceTime(0.05).run(Duration.ofMinutes(2)).run(Duration.ofMinutes(2));
		assertThat(server.limit()).isBetween(CAPACITY, 2 * CAPACITY);
		assertThat(server.answeredPerSecond(Duration.ofMinutes(2))).isGreaterThan(190);
	}

	@Test
	void limitStaysWhenTheLatencyRisesAndTheServerKeepsUp() {
		SimulatedServer server = network().load(30).run(Duration.ofSeconds(30));
		server.serviceTime(0.5).load(170).run(Duration.ofSeconds(10));
		assertThat(server.smallestLimit()).isEqualTo(MAX);
		server.serviceTime(0.005).load(30).run(Duration.ofSeconds(10));
		assertThat(server.smallestLimit()).isEqualTo(MAX);
	}

	@Test
	void limitIsRestoredWhenTheLatencyDoesNotFallWithIt() {
		SimulatedServer server = network().load(30).run(Duration.ofSeconds(30));
		server.serviceTime(0.5).load(250).run(Duration.ofSeconds(10));
		assertThat(server.smallestLimit()).isEqualTo(MAX / 2);
		assertThat(server.limit()).isEqualTo(MAX);
		assertThat(server.run(Duration.ofSeconds(40)).smallestLimit()).isEqualTo(MAX);
	}

	@Test
	void limitBelowTheMaximumGrowsWithALatencyThatDoesNotFallWithIt() {
		SimulatedServer server = overloadReports(network(), 3).serviceTime(0.1).load(100).run(Duration.ofSeconds(30));
		assertThat(server.limit()).isLessThan(40);
		server.serviceTime(0.5).run(Duration.ofSeconds(30));
		assertThat(server.limit()).isGreaterThan(60);
	}

	@Test
	void limitFindsTheCapacityInAnOverloadAfterARiseThatWasLeftAlone() {
		SimulatedServer server = warm().serviceTime(0.5).load(10).run(Duration.ofSeconds(20));
		assertThat(server.smallestLimit()).isEqualTo(MAX);
		server.load(40).run(Duration.ofMinutes(1)).run(Duration.ofMinutes(5));
		assertThat(server.limit()).isBetween(CAPACITY, 2 * CAPACITY);
		assertThat(server.answeredPerSecond(Duration.ofMinutes(5))).isGreaterThan(18);
	}

	@Test
	void limitStepsDownAndRecoversWithTheServer() {
		SimulatedServer server = warm().load(150).run(Duration.ofMinutes(1));
		server.serviceTime(1).run(Duration.ofSeconds(30));
		server.serviceTime(0.1).run(Duration.ofMinutes(2)).run(Duration.ofMinutes(1));
		assertThat(server.limit()).isBetween(CAPACITY, 2 * CAPACITY);
		assertThat(server.answeredPerSecond(Duration.ofMinutes(1))).isGreaterThan(95);
	}

	@Test
	void reportOfOverloadHalvesTheLimitOncePerRound() {
		this.limit.overloaded(10, 100);
		assertThat(this.limit.limit()).isEqualTo(50);
		this.limit.overloaded(20, 101);
		assertThat(this.limit.limit()).isEqualTo(50);
		this.limit.overloaded(100, 200);
		assertThat(this.limit.limit()).isEqualTo(25);
	}

	@Test
	void limitNeverLeavesItsBounds() {
		overloadReports(server(), 20);
		assertThat(this.limit.limit()).isEqualTo(MIN);
		this.limit.bound(5, 8);
		assertThat(this.limit.limit()).isEqualTo(5);
		this.limit.bound(1, 4);
		assertThat(this.limit.limit()).isEqualTo(4);
	}

	@Test
	void limitToleratesLatenciesThatJitter() {
		SimulatedServer server = server();
		server.serviceTime(() -> -0.1 * Math.log(1 - server.random().nextDouble()))
			.load(20)
			.run(Duration.ofSeconds(20));
		server.load(150).run(Duration.ofMinutes(1)).run(Duration.ofMinutes(5));
		assertThat(server.largestLimit()).isLessThan(4 * CAPACITY);
		assertThat(server.answeredPerSecond(Duration.ofMinutes(5))).isGreaterThan(85);
	}

	@Test
	void limitIgnoresASlowMinorityAndAnotherMixOfOperations() {
		SimulatedServer server = server();
		server.load(20).run(Duration.ofSeconds(20));
		server.operation("report").serviceTime(0.5).load(4).run(Duration.ofSeconds(20));
		server.load(10).run(Duration.ofMinutes(1));
		assertThat(server.smallestLimit()).isEqualTo(MAX);
		server.operation("read").serviceTime(() -> (server.random().nextInt(10) == 0) ? 2 : 0.1).load(10);
		assertThat(server.run(Duration.ofMinutes(1)).smallestLimit()).isEqualTo(MAX);
	}

	@Test
	void limitIsLoweredOnceAMinuteToMeasureTheLatencyWithoutLoad() {
		SimulatedServer server = warm().load(150).run(Duration.ofMinutes(1)).run(Duration.ofMinutes(10));
		assertThat(server.smallestLimit()).isEqualTo(MIN);
		assertThat(server.measurements()).isBetween(8L, 13L);
	}

	@Test
	void latencyUnderLoadIsNeverTakenForTheOneWithoutLoad() {
		SimulatedServer server = server().load(150).run(Duration.ofMinutes(1));
		assertThat(server.run(Duration.ofMinutes(2)).run(Duration.ofMinutes(5)).limit()).isBetween(MIN, 2 * CAPACITY);
		assertThat(server.meanLatencySeconds()).isLessThan(0.17);
	}

	@Test
	void statementThatWasGivenUpCountsIfItWasSlowByThen() {
		SimulatedServer server = server().load(20).run(Duration.ofSeconds(20));
		for (int i = 0; i < 2 * MAX; i++) {
			this.limit.gaveUp(new Sample("read", server.now() + i, server.now() + i + Duration.ofMillis(100).toNanos(),
					10, true));
		}
		assertThat(this.limit.limit()).isEqualTo(MAX);
		for (int i = 0; i < 10 * MAX; i++) {
			long startedAt = server.now() + i * Duration.ofMillis(100).toNanos();
			this.limit.gaveUp(new Sample("read", startedAt, startedAt + Duration.ofSeconds(2).toNanos(), 10, true));
		}
		assertThat(this.limit.limit()).isEqualTo(MIN);
	}

	private SimulatedServer server() {
		return new SimulatedServer(SimulatedServer.limiter(this.limit), CAPACITY).longestQueue(500);
	}

	/**
	 * A server that is never overloaded: only the network takes longer.
	 */
	private SimulatedServer network() {
		return new SimulatedServer(SimulatedServer.limiter(this.limit), MAX).serviceTime(0.005).longestQueue(500);
	}

	private SimulatedServer warm() {
		return server().load(20).run(Duration.ofSeconds(20));
	}

	private SimulatedServer overloadReports(SimulatedServer server, int reports) {
		server.load(20).run(Duration.ofSeconds(20));
		for (int i = 1; i <= reports; i++) {
			this.limit.overloaded(server.now() + i, server.now() + i);
		}
		return server;
	}

}
