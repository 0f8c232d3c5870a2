package dev.dbpool.autoconfigure.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import dev.dbpool.autoconfigure.fleet.FleetBudget.Claim;
import dev.dbpool.autoconfigure.fleet.FleetBudget.Grant;
import dev.dbpool.client.ConnectionShare;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.ConnectionPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The share of one pool in the budget of its fleet, which it renews five times in a
 * lease.
 * <p>
 * The budget keeps a share for a lease from the last renewal on. The process relies on it
 * for three quarters of that, from before it has asked. A renewal that fails while the
 * process runs counts as well: the budget cannot be reached, so the pool keeps its share.
 * What counts for nothing is time in which the process does not run. If it was frozen for
 * longer, the gate is closed when it runs again, and opens with the next renewal.
 * <p>
 * All steps are made one at a time by the clock, which ticks with a fixed delay: ticks
 * that were missed are not made up for, so that their number shows how long the process
 * has run. Only the time of the last renewal is read by other threads.
 */
final class FleetShare implements ConnectionShare {

	private static final Logger logger = LoggerFactory.getLogger(FleetShare.class);

	/** So often the clock ticks in a lease. */
	private static final int TICKS = 40;

	private static final int TICKS_BETWEEN_RENEWALS = TICKS / 5;

	/** While connections are to be given back, or to be had. */
	private static final int TICKS_WHILE_CHANGING = 2;

	private static final int TICKS_UNTIL_TIMEOUT = TICKS / 5;

	private final Settings settings;

	private final FleetBudget budget;

	private final LongSupplier nanoTime;

	private final Executor clock;

	private final Executor worker;

	private final Consumer<String> listener;

	private final long tickNanos;

	private final long reliableNanos;

	private final Queue<CompletableFuture<Void>> waiting = new ConcurrentLinkedQueue<>();

	private volatile Map<Lane, ConnectionPool<?>> pools = Map.of();

	private volatile Map<Lane, Integer> restrictions = Map.of();

	/** When the share was asked for that was granted last. */
	private volatile long renewedAt;

	private volatile boolean ended;

	private volatile Known known;

	private @Nullable Renewal renewal;

	private long sequence;

	private long tickedAt;

	private int ticksUntilRenewal;

	private long unheardSince;

	private boolean unheard;

	private boolean detachmentLogged;

	private boolean closing;

	/**
	 * Creates a share.
	 * @param budget where it is renewed
	 * @param nanoTime the monotonic clock of the process
	 * @param clock makes the steps, one at a time
	 * @param worker runs renewals, which may block, one at a time
	 * @param listener is notified of each change, for people
	 */
	FleetShare(Settings settings, FleetBudget budget, LongSupplier nanoTime, Executor clock, Executor worker,
			Consumer<String> listener) {
		this.settings = settings;
		this.budget = budget;
		this.nanoTime = nanoTime;
		this.clock = clock;
		this.worker = worker;
		this.listener = listener;
		this.tickNanos = settings.lease().toNanos() / TICKS;
		this.reliableNanos = settings.lease().toNanos() / 4 * 3;
		this.renewedAt = nanoTime.getAsLong();
		this.tickedAt = this.renewedAt;
		this.known = new Known(FleetStatus.State.JOINING, new Grant(0, 0, 0, 0), null, 0);
	}

	/**
	 * Returns the time between two ticks.
	 */
	Duration tickInterval() {
		return Duration.ofNanos(this.tickNanos);
	}

	@Override
	public void begin(String name, Map<Lane, ConnectionPool<?>> pools) {
		this.pools = pools;
		this.clock.execute(this::tick);
	}

	@Override
	public boolean isOpen() {
		return isReliable(this.renewedAt, this.nanoTime.getAsLong()) || this.ended;
	}

	private boolean isReliable(long since, long now) {
		return now - since < this.reliableNanos;
	}

	@Override
	public CompletionStage<Void> whenOpen() {
		CompletableFuture<Void> open = new CompletableFuture<>();
		this.waiting.add(open);
		try {
			this.clock.execute(this::renewUnlessOpen);
		}
		catch (RejectedExecutionException ex) {
			open.complete(null);
		}
		return open;
	}

	private void renewUnlessOpen() {
		checkGate();
		if (this.renewal == null && !isOpen()) {
			renew();
		}
	}

	/**
	 * Lets those pass who wait for the gate, if it is open.
	 */
	private void checkGate() {
		if (isOpen()) {
			for (CompletableFuture<Void> next = this.waiting.poll(); next != null; next = this.waiting.poll()) {
				next.complete(null);
			}
		}
		else if (this.known.state() != FleetStatus.State.FROZEN) {
			warn("Pool '%s' has not renewed its share of fleet '%s' for %dms, since the process did not run: other instances may have it. Requests wait until it is renewed"
				.formatted(this.settings.pool(), this.settings.fleet(),
						Duration.ofNanos(this.nanoTime.getAsLong() - this.renewedAt).toMillis()));
			this.known = this.known.in(FleetStatus.State.FROZEN);
		}
	}

	/**
	 * Sees to what is due. Never throws.
	 */
	void tick() {
		try {
			if (!this.ended && !this.pools.isEmpty()) {
				seeToWhatIsDue();
			}
		}
		catch (RuntimeException ex) {
			logger.error("Pool '{}' could not see to its share of fleet '{}'", this.settings.pool(),
					this.settings.fleet(), ex);
		}
	}

	private void seeToWhatIsDue() {
		long now = this.nanoTime.getAsLong();
		long missed = (now - this.tickedAt) / this.tickNanos;
		this.tickedAt = now;
		checkGate();
		Renewal running = this.renewal;
		if (running != null) {
			running.ticks = (missed > TICKS_UNTIL_TIMEOUT) ? 0 : running.ticks + 1;
			if (running.ticks >= TICKS_UNTIL_TIMEOUT) {
				unanswered(running, now - this.tickNanos, "There was no answer within "
						+ tickInterval().multipliedBy(TICKS_UNTIL_TIMEOUT).toMillis() + "ms");
			}
		}
		else if (--this.ticksUntilRenewal <= 0 || !isOpen()) {
			renew();
		}
	}

	private void renew() {
		long now = this.nanoTime.getAsLong();
		Renewal next = new Renewal(now);
		this.renewal = next;
		Claim claim = new Claim(this.settings.fleet(), this.settings.member(), ++this.sequence, held(),
				this.closing ? 0 : LaneShares.wanted(this.pools), LaneShares.LEAST, this.settings.budget(),
				this.settings.lease(), this.unheard ? Duration.ofNanos(now - this.unheardSince) : Duration.ZERO);
		this.worker.execute(() -> {
			try {
				Grant grant = this.budget.renew(claim);
				this.clock.execute(() -> answered(next, grant));
			}
			catch (Throwable ex) {
				this.clock.execute(() -> failed(next, ex));
			}
		});
	}

	/**
	 * Takes an answer, unless it is so late that the share may not be kept any more.
	 */
	private void answered(Renewal ended, Grant grant) {
		this.renewal = null;
		if (this.ended) {
			return;
		}
		if (!isReliable(ended.startedAt, this.nanoTime.getAsLong())) {
			renew();
			return;
		}
		if (this.detachmentLogged) {
			info("Pool '%s' has renewed its share of fleet '%s' again after %dms".formatted(this.settings.pool(),
					this.settings.fleet(), Duration.ofNanos(ended.startedAt - this.unheardSince).toMillis()));
		}
		this.unheard = false;
		this.detachmentLogged = false;
		Grant before = this.known.grant();
		this.known = new Known(FleetStatus.State.MEMBER, grant, Instant.now(), this.known.failures());
		restrict(grant.share());
		logChange(before, grant);
		this.renewedAt = ended.startedAt;
		checkGate();
		boolean changing = grant.share() != grant.target() || held() > grant.share();
		this.ticksUntilRenewal = changing ? TICKS_WHILE_CHANGING : TICKS_BETWEEN_RENEWALS;
	}

	/**
	 * Takes a failure, unless it is so late that the process may have been frozen.
	 */
	private void failed(Renewal ended, Throwable failure) {
		this.renewal = null;
		this.ticksUntilRenewal = TICKS_BETWEEN_RENEWALS;
		if (this.ended) {
			return;
		}
		if (isReliable(ended.startedAt, this.nanoTime.getAsLong())) {
			unanswered(ended, ended.startedAt, failure.toString());
		}
		else {
			renew();
		}
	}

	/**
	 * Keeps the share though a renewal was not answered. If none ever was in a lease, the
	 * pool gets the smallest share: until then the first answer may just take long.
	 * @param knownAt when the process last knew that it runs without an answer
	 */
	private void unanswered(Renewal renewal, long knownAt, String reason) {
		if (!this.unheard) {
			this.unheard = true;
			this.unheardSince = renewal.startedAt;
		}
		if (!renewal.counted) {
			renewal.counted = true;
			this.known = this.known.failed();
		}
		boolean joining = this.known.renewed() == null;
		Duration unheardFor = Duration.ofNanos(this.nanoTime.getAsLong() - this.unheardSince);
		Duration tolerated = joining ? this.settings.lease() : this.settings.lease().dividedBy(2);
		if (!this.detachmentLogged && unheardFor.compareTo(tolerated) > 0) {
			if (joining) {
				this.known = this.known.with(new Grant(LaneShares.LEAST, 0, 0, 0));
				restrict(LaneShares.LEAST);
			}
			this.detachmentLogged = true;
			warn("Pool '%s' cannot renew its share of fleet '%s' and keeps %s, whatever other instances open: %s. Check the connection to %s"
				.formatted(this.settings.pool(), this.settings.fleet(), count(this.known.grant().share(), "connection"),
						reason, this.budget));
		}
		if (isReliable(knownAt, this.nanoTime.getAsLong()) && knownAt - this.renewedAt > 0) {
			if (this.known.state() != FleetStatus.State.DETACHED) {
				this.known = this.known.in(FleetStatus.State.DETACHED);
			}
			this.renewedAt = knownAt;
		}
		checkGate();
	}

	private void restrict(int share) {
		Map<Lane, Integer> shares = LaneShares.split(share, this.pools);
		this.restrictions = shares;
		shares.forEach((lane, restriction) -> pool(lane).restrict(restriction));
	}

	/**
	 * Returns how many connections the lanes may open or have still open.
	 */
	private int held() {
		Map<Lane, Integer> permitted = this.restrictions;
		return this.pools.entrySet()
			.stream()
			.mapToInt((lane) -> Math.max(permitted.getOrDefault(lane.getKey(), 0), lane.getValue().snapshot().total()))
			.sum();
	}

	private ConnectionPool<?> pool(Lane lane) {
		return Optional.ofNullable(this.pools.get(lane)).orElseThrow();
	}

	private void logChange(Grant before, Grant grant) {
		if (this.closing) {
			return;
		}
		if (grant.target() < LaneShares.LEAST && (before.target() >= LaneShares.LEAST || before.members() == 0)) {
			warn("Pool '%s' has no share of fleet '%s': the %d instances have the %d connections of %s, %d for each at least. Increase it, or run fewer instances"
				.formatted(this.settings.pool(), this.settings.fleet(), grant.members(), this.settings.budget(),
						this.settings.property(), LaneShares.LEAST));
		}
		else if (grant.share() != before.share()) {
			int kept = held() - grant.share();
			info("Pool '%s' may open %s of fleet '%s', %d before: %s share %d%s".formatted(this.settings.pool(),
					count(grant.share(), "connection"), this.settings.fleet(), before.share(),
					count(grant.members(), "instance"), this.settings.budget(),
					(kept > 0) ? ". Beyond it still open: " + kept : ""));
		}
	}

	private void warn(String text) {
		logger.warn("{}", text);
		this.listener.accept(text);
	}

	private void info(String text) {
		logger.info("{}", text);
		this.listener.accept(text);
	}

	private static String count(int number, String noun) {
		return number + " " + noun + ((number == 1) ? "" : "s");
	}

	/**
	 * Gives connections back as they are closed, since the pool is about to close.
	 */
	void giveBack() {
		this.clock.execute(() -> {
			this.closing = true;
			this.ticksUntilRenewal = 0;
		});
	}

	/**
	 * Ends the membership. The gate is open from now on.
	 * @return completed when the budget knows, or cannot be reached
	 */
	CompletionStage<Void> leave() {
		this.ended = true;
		this.clock.execute(this::checkGate);
		return CompletableFuture.runAsync(() -> {
			if (!this.unheard) {
				this.budget.leave(this.settings.fleet(), this.settings.member());
			}
		}, this.worker);
	}

	/**
	 * Returns what is known.
	 */
	FleetStatus status() {
		Known last = this.known;
		Grant grant = last.grant();
		FleetStatus.State state = (last.renewed() != null && !isOpen()) ? FleetStatus.State.FROZEN : last.state();
		return new FleetStatus(this.settings.fleet(), state, this.settings.budget(), grant.share(), grant.target(),
				held(), grant.members(), grant.held(), last.renewed(), last.failures());
	}

	/**
	 * What a share is of.
	 *
	 * @param pool name of the pool
	 * @param fleet name of the fleet
	 * @param member name of this member of it
	 * @param budget the maximum of connections of all members
	 * @param property the name of the property with that maximum
	 * @param lease how long the budget keeps a share after the last renewal
	 */
	record Settings(String pool, String fleet, String member, int budget, String property, Duration lease) {

	}

	/**
	 * What is known of the fleet.
	 */
	private record Known(FleetStatus.State state, Grant grant, @Nullable Instant renewed, long failures) {

		Known in(FleetStatus.State changed) {
			return new Known(changed, this.grant, this.renewed, this.failures);
		}

		Known with(Grant changed) {
			return new Known(this.state, changed, this.renewed, this.failures);
		}

		Known failed() {
			return new Known(this.state, this.grant, this.renewed, this.failures + 1);
		}

	}

	/**
	 * A renewal that is not answered yet.
	 */
	private static final class Renewal {

		private final long startedAt;

		private int ticks;

		private boolean counted;

		Renewal(long startedAt) {
			this.startedAt = startedAt;
		}

	}

}
