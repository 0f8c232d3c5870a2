package dev.dbpool.autoconfigure.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import dev.dbpool.autoconfigure.fleet.FleetBudget.Claim;
import dev.dbpool.autoconfigure.fleet.FleetBudget.Grant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * The script on a real Redis. Time passes by making older what the script has noted.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Tag("slow")
class RedisFleetBudgetTests {

	private static final String FLEET = "shop:default";

	/**
	 * So long that the time does not count which a test takes itself.
	 */
	private static final long LEASE = Duration.ofMinutes(10).toMillis();

	/** As in the script. */
	private static final long LONGEST_RECONNECT = 30_000;

	private final AtomicLong sequence = new AtomicLong();

	private RedisServer server;

	private LettuceConnectionFactory connections;

	private StringRedisTemplate redis;

	private RedisFleetBudget shares;

	@BeforeAll
	void start() {
		this.server = RedisServer.start();
		this.connections = this.server.connect(Duration.ofMinutes(1));
		this.redis = new StringRedisTemplate(this.connections);
		this.shares = new RedisFleetBudget(this.connections);
	}

	@AfterAll
	void stop() {
		if (this.server != null) {
			this.connections.destroy();
			this.server.close();
		}
	}

	/**
	 * Begins with a fleet that has been there before, and has no member.
	 */
	private void fleet() {
		this.redis.delete(List.of(RedisFleetBudget.claims(FLEET), RedisFleetBudget.deadlines(FLEET)));
		this.redis.opsForHash().put(RedisFleetBudget.claims(FLEET), "#heard", now());
		this.redis.opsForHash().put(RedisFleetBudget.claims(FLEET), "#calm", "0");
	}

	private void forget() {
		this.redis.delete(List.of(RedisFleetBudget.claims(FLEET), RedisFleetBudget.deadlines(FLEET)));
	}

	private String now() {
		RedisCallback<Long> time = (connection) -> connection.serverCommands().time();
		return String.valueOf(this.redis.execute(time));
	}

	private Grant renew(String member, int held, int wanted, int budget) {
		return renew(member, held, wanted, budget, 0);
	}

	private Grant renew(String member, int held, int wanted, int budget, long unheard) {
		return renew(member, held, wanted, budget, unheard, LEASE);
	}

	private Grant renew(String member, int held, int wanted, int budget, long unheard, long lease) {
		return this.shares.renew(new Claim(FLEET, member, this.sequence.incrementAndGet(), held, wanted, 2, budget,
				Duration.ofMillis(lease), Duration.ofMillis(unheard)));
	}

	/**
	 * Lets time pass for Redis.
	 */
	private void pass(long millis) {
		String claims = RedisFleetBudget.claims(FLEET);
		for (String field : List.of("#heard", "#calm")) {
			if (this.redis.opsForHash().hasKey(claims, field)) {
				this.redis.opsForHash().increment(claims, field, -millis);
			}
		}
		String deadlines = RedisFleetBudget.deadlines(FLEET);
		for (String member : this.redis.opsForZSet().range(deadlines, 0, -1)) {
			this.redis.opsForZSet().incrementScore(deadlines, member, -millis);
		}
	}

	private Map<String, Integer> recorded() {
		Map<String, Integer> recorded = new HashMap<>();
		this.redis.opsForHash().entries(RedisFleetBudget.claims(FLEET)).forEach((member, claim) -> {
			if (!member.toString().startsWith("#")) {
				recorded.put(member.toString(), Integer.parseInt(claim.toString().split(":")[0]));
			}
		});
		return recorded;
	}

	@Test
	void theOnlyMemberGetsWhatItWants() {
		fleet();
		assertThat(renew("a", 0, 20, 50)).isEqualTo(new Grant(20, 20, 1, 20));
		assertThat(renew("a", 20, 20, 50)).isEqualTo(new Grant(20, 20, 1, 20));
	}

	@Test
	void aMemberThatJoinsGetsItsShareAsOthersGiveBack() {
		fleet();
		renew("a", 0, 20, 20);
		assertThat(renew("b", 0, 20, 20)).isEqualTo(new Grant(0, 10, 2, 20));
		assertThat(renew("a", 20, 20, 20)).as("still has all open").isEqualTo(new Grant(10, 10, 2, 20));
		assertThat(renew("b", 0, 20, 20).share()).isZero();
		renew("a", 14, 20, 20);
		assertThat(renew("b", 0, 20, 20).share()).isEqualTo(6);
		renew("a", 10, 20, 20);
		assertThat(renew("b", 6, 20, 20)).isEqualTo(new Grant(10, 10, 2, 20));
	}

	@Test
	void whatOneMemberDoesNotWantTheOthersGet() {
		fleet();
		renew("small", 0, 4, 20);
		renew("large", 0, 50, 20);
		assertThat(renew("large", 16, 50, 20)).isEqualTo(new Grant(16, 16, 2, 20));
		assertThat(renew("small", 4, 4, 20).share()).isEqualTo(4);
	}

	@Test
	void theRestGoesToTheOldest() {
		fleet();
		renew("a", 0, 20, 11);
		renew("b", 0, 20, 11);
		assertThat(renew("a", 11, 20, 11).share()).isEqualTo(6);
		renew("a", 6, 20, 11);
		assertThat(renew("b", 0, 20, 11).share()).isEqualTo(5);
	}

	@Test
	void membersForWhichThereIsNotTheLeastGetNothing() {
		fleet();
		for (String member : List.of("a", "b", "c")) {
			renew(member, 0, 20, 5);
		}
		renew("a", 2, 20, 5);
		assertThat(renew("a", 2, 20, 5).share()).isEqualTo(3);
		assertThat(renew("b", 0, 20, 5).share()).isEqualTo(2);
		assertThat(renew("c", 0, 20, 5)).isEqualTo(new Grant(0, 0, 3, 5));
		this.shares.leave(FLEET, "a");
		assertThat(renew("c", 0, 20, 5).share()).isEqualTo(2);
	}

	@Test
	void theShareOfAMemberThatIsNotHeardOfIsFreeAfterTheLease() {
		fleet();
		renew("dead", 0, 20, 20);
		pass(LEASE / 10 * 9);
		assertThat(renew("b", 0, 20, 20).share()).isZero();
		pass(LEASE / 5);
		assertThat(renew("b", 0, 20, 20)).isEqualTo(new Grant(20, 20, 1, 20));
	}

	@Test
	void aMemberThatComesBackAfterItsLeaseGetsWhatIsFree() {
		fleet();
		renew("frozen", 0, 20, 20);
		renew("b", 0, 20, 20);
		pass(LEASE / 10 * 6);
		renew("b", 0, 20, 20);
		pass(LEASE / 10 * 6);
		assertThat(renew("b", 0, 20, 20).share()).isEqualTo(20);
		assertThat(renew("frozen", 20, 20, 20)).as("its connections are not recorded")
			.isEqualTo(new Grant(0, 10, 2, 20));
		assertThat(recorded()).isEqualTo(Map.of("frozen", 0, "b", 20));
		renew("b", 10, 20, 20);
		assertThat(renew("frozen", 3, 20, 20).share()).isEqualTo(10);
	}

	@Test
	void aMemberThatLeavesGivesBackImmediately() {
		fleet();
		renew("a", 0, 20, 20);
		this.shares.leave(FLEET, "a");
		assertThat(renew("b", 0, 20, 20)).isEqualTo(new Grant(20, 20, 1, 20));
	}

	@Test
	void aMemberThatWantsNothingMoreGivesBackAsItCloses() {
		fleet();
		renew("a", 0, 20, 20);
		assertThat(renew("a", 20, 0, 20).share()).isZero();
		assertThat(renew("b", 0, 20, 20)).isEqualTo(new Grant(0, 20, 2, 20));
		renew("a", 3, 0, 20);
		assertThat(renew("b", 0, 20, 20).share()).isEqualTo(17);
	}

	@Test
	void aClaimThatIsOvertakenIsIgnored() {
		fleet();
		renew("a", 0, 20, 20);
		Claim late = new Claim(FLEET, "a", 1, 4, 20, 2, 20, Duration.ofMillis(LEASE), Duration.ZERO);
		assertThatIllegalStateException().isThrownBy(() -> this.shares.renew(late));
		assertThat(recorded()).containsEntry("a", 20);
	}

	@Test
	void afterATimeWithoutRedisSharesAreKeptUntilAllMembersCanBeBack() {
		fleet();
		renew("a", 0, 20, 20);
		renew("b", 0, 20, 20);
		renew("a", 10, 20, 20);
		renew("b", 0, 20, 20);
		pass(LEASE * 6);
		assertThat(renew("a", 10, 20, 20, LEASE * 6).share()).isEqualTo(10);
		for (int i = 0; i < 4; i++) {
			pass(LEASE / 4);
			assertThat(renew("a", 10, 20, 20).share()).isEqualTo(10);
		}
		assertThat(renew("b", 10, 20, 20, LEASE * 7)).isEqualTo(new Grant(10, 10, 2, 20));
	}

	@Test
	void afterATimeWithoutRedisMembersThatAreGoneAreDroppedInTheEnd() {
		fleet();
		renew("a", 0, 20, 20);
		renew("b", 0, 20, 20);
		renew("a", 10, 20, 20);
		renew("b", 0, 20, 20);
		pass(LEASE * 6);
		renew("a", 10, 20, 20, LEASE * 6);
		for (int i = 0; i < 4; i++) {
			pass(LEASE / 4);
			assertThat(renew("a", 10, 20, 20).share()).isEqualTo(10);
		}
		pass(LONGEST_RECONNECT);
		assertThat(renew("a", 10, 20, 20)).isEqualTo(new Grant(20, 20, 1, 20));
	}

	@Test
	void aFleetThatWasGoneAsAWholeBeginsWhenRedisWasThereAllTheTime() {
		fleet();
		Duration lease = Duration.ofMillis(500);
		await().until(() -> uptimeSeconds() >= 2);
		this.shares.renew(new Claim(FLEET, "a", 1, 0, 20, 2, 20, lease, Duration.ZERO));
		pass(1000);
		assertThat(this.shares.renew(new Claim(FLEET, "b", 1, 0, 20, 2, 20, lease, Duration.ZERO)))
			.isEqualTo(new Grant(20, 20, 1, 20));
	}

	private long uptimeSeconds() {
		RedisCallback<Properties> info = (connection) -> connection.serverCommands().info("server");
		return Long.parseLong(this.redis.execute(info).getProperty("uptime_in_seconds"));
	}

	@Test
	void aFleetThatWasGoneAsAWholeWaitsWhenRedisWasAwayAsWell() {
		fleet();
		renew("a", 0, 20, 20);
		pass(LEASE * 6);
		assertThat(renew("b", 0, 20, 20).share()).isZero();
		assertThat(recorded()).containsEntry("a", 20);
	}

	@ParameterizedTest
	@ValueSource(longs = { LONGEST_RECONNECT - 10_000, 10 * LONGEST_RECONNECT })
	void noShareGrowsWhileMembersMayStillReportWhatRedisHasForgotten(long unheard) {
		forget();
		assertThat(renew("a", 10, 20, 20, unheard).share()).isEqualTo(10);
		assertThat(renew("new", 0, 20, 20).share()).isZero();
		assertThat(renew("b", 10, 20, 20, unheard)).isEqualTo(new Grant(6, 6, 3, 20));
		renew("a", 7, 20, 20);
		renew("b", 6, 20, 20);
		for (int i = 0; i < 4; i++) {
			pass(LEASE / 4);
			renew("a", 7, 20, 20);
			renew("b", 6, 20, 20);
			assertThat(renew("new", 0, 20, 20).share()).isZero();
		}
		pass(Math.min(unheard, LONGEST_RECONNECT));
		assertThat(renew("new", 0, 20, 20).share()).isEqualTo(7);
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2 })
	void neverMoreIsHeldThanTheBudget(long seed) {
		fleet();
		new Simulation(new Random(seed)).run();
	}

	@Test
	@Tag("long")
	void neverMoreIsHeldThanTheBudgetInManySchedules() {
		for (long seed = 100; seed < 160; seed++) {
			neverMoreIsHeldThanTheBudget(seed);
		}
	}

	/**
	 * Members that join, open, close, freeze, die and leave in random order, and a Redis
	 * that is away for a while or loses its data. What a member may use, and still has
	 * open, is what counts.
	 */
	private final class Simulation {

		private static final int STEPS = 400;

		/** Shorter than the time in which clients connect again. */
		private static final long LEASE = 10_000;

		/** Of the time that the simulation takes itself, how much counts at the most. */
		private static final long COUNTED = LEASE / 20;

		private final Random random;

		private final int budget;

		private final List<Member> members = new ArrayList<>();

		private int names;

		private long since = System.nanoTime();

		Simulation(Random random) {
			this.random = random;
			this.budget = 2 + random.nextInt(30);
		}

		void run() {
			for (int step = 0; step < STEPS; step++) {
				act();
				stopTheClock();
				assertThat(recorded().values().stream().mapToInt(Integer::intValue).sum()).as("recorded, step %d", step)
					.isLessThanOrEqualTo(this.budget);
				assertThat(this.members.stream().mapToInt(Member::usable).sum()).as("usable, step %d", step)
					.isLessThanOrEqualTo(this.budget);
			}
			settles();
		}

		/**
		 * Takes back from Redis the time that the simulation has taken itself.
		 */
		private void stopTheClock() {
			long taken = Duration.ofNanos(System.nanoTime() - this.since).toMillis();
			if (taken > COUNTED) {
				this.since += Duration.ofMillis(taken).toNanos();
				RedisFleetBudgetTests.this.pass(-taken);
			}
		}

		private void act() {
			switch (this.random.nextInt(16)) {
				case 0 -> this.members.add(new Member("m" + this.names++, 2 + this.random.nextInt(20)));
				case 1 -> pass(this.random.nextInt(8) * 500L);
				case 2 -> any().ifPresent((member) -> member.frozen = true);
				case 3 -> any().ifPresent(this.members::remove);
				case 4 -> any().ifPresent((member) -> {
					RedisFleetBudgetTests.this.shares.leave(FLEET, member.name);
					this.members.remove(member);
				});
				case 5 -> {
					if (this.random.nextInt(10) == 0) {
						outage(this.random.nextBoolean());
					}
				}
				case 6, 7, 8 -> any().ifPresent((member) -> member.open = this.random.nextInt(member.share + 1));
				default -> any().ifPresent(Member::renew);
			}
		}

		private Optional<Member> any() {
			return this.members.isEmpty() ? Optional.empty()
					: Optional.of(this.members.get(this.random.nextInt(this.members.size())));
		}

		/**
		 * Lets time pass: members that run renew their shares in it, before their leases
		 * end.
		 */
		private void pass(long millis) {
			RedisFleetBudgetTests.this.pass(millis);
			for (Member member : this.members) {
				member.age += millis;
				member.unheard += (member.cutOffFor > 0) ? millis : 0;
				member.cutOffFor = Math.max(0, member.cutOffFor - millis);
				if (!member.frozen && member.age > LEASE / 5) {
					member.renew();
				}
			}
		}

		/**
		 * Lets Redis be away. After that one member can reach it immediately, the others
		 * as late as clients connect again.
		 */
		private void outage(boolean dataLoss) {
			long millis = this.random.nextInt(90_000);
			if (dataLoss) {
				forget();
			}
			else {
				RedisFleetBudgetTests.this.pass(millis);
			}
			for (Member member : this.members) {
				member.age += millis;
				if (!member.frozen) {
					member.unheard += millis;
					member.cutOffFor = this.random.nextLong(Math.min(millis, LONGEST_RECONNECT) + 1);
				}
			}
			this.members.stream().filter((member) -> !member.frozen).findFirst().ifPresent((first) -> {
				first.cutOffFor = 0;
				first.renew();
			});
		}

		/**
		 * When nothing happens any more, all of the budget is used that is wanted.
		 */
		private void settles() {
			this.members.forEach((member) -> member.frozen = false);
			for (int round = 0; round < 40; round++) {
				pass(LEASE / 4);
				this.members.forEach((member) -> {
					member.open = Math.min(member.open, member.share);
					member.renew();
				});
			}
			int wanted = this.members.stream().limit(this.budget / 2).mapToInt((member) -> member.wanted).sum();
			if (!this.members.isEmpty()) {
				assertThat(this.members.stream().mapToInt((member) -> member.share).sum())
					.isEqualTo(Math.min(this.budget, wanted));
			}
		}

		private final class Member {

			private final String name;

			private final int wanted;

			private int share;

			private int open;

			/** Since the last renewal. */
			private long age;

			private long unheard;

			private long cutOffFor;

			private boolean frozen;

			Member(String name, int wanted) {
				this.name = name;
				this.wanted = wanted;
			}

			private int held() {
				return Math.max(this.share, this.open);
			}

			/**
			 * What it may send requests on: nothing, if it was frozen for too long.
			 */
			int usable() {
				return (this.age > LEASE / 4 * 3 && this.unheard == 0) ? 0 : held();
			}

			void renew() {
				if (this.cutOffFor > 0) {
					return;
				}
				boolean tooLate = this.age > LEASE / 4 * 3 && this.unheard == 0;
				Grant grant = RedisFleetBudgetTests.this.renew(this.name, held(), this.wanted, Simulation.this.budget,
						this.unheard, LEASE);
				this.share = grant.share();
				if (tooLate) {
					this.open = Math.min(this.open, this.share);
				}
				this.age = 0;
				this.unheard = 0;
				this.frozen = false;
			}

		}

	}

}
