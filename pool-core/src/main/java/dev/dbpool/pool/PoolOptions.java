package dev.dbpool.pool;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;

/**
 * The options of a {@link ConnectionPool}, validated. See {@link #builder} for a short
 * form.
 *
 * @param name name of the pool, used in messages and metrics
 * @param minConnections connections that are kept open; 0 by default
 * @param maxConnections the bound on the connections, those being opened or closed
 * included; 10 by default
 * @param maxConnectionsName how messages name the setting that holds the maximum of
 * connections; {@code the maximum of connections} by default
 * @param leasesPerConnection how many leases one connection serves at the same time; 1 by
 * default. More than one is for connections that can keep their users apart, such as
 * HTTP/2's
 * @param connectionChoice which of several free connections is leased;
 * {@link ConnectionChoice#HOTTEST} by default
 * @param queueDiscipline in which order callers that wait are served;
 * {@link QueueDiscipline#FIFO} by default
 * @param queueInterval with {@link QueueDiscipline#CODEL}, how long callers have to wait
 * without a pause before that counts as an overload; 5 seconds by default
 * @param queueTarget with {@link QueueDiscipline#CODEL}, how long a caller waits in such
 * an overload; 500 milliseconds by default
 * @param acquireTimeout the longest wait for a lease when the caller gives none; 30
 * seconds by default
 * @param maxPending the bound on the callers that wait; past it they are refused. By
 * default -1, for a hundred times {@code maxConnections}
 * @param idleTimeout how long a connection beyond the minimum may be idle; zero for no
 * limit. 5 minutes by default
 * @param maxLifetime how long a connection is used at the longest, less up to an eighth
 * at random so that connections do not end together; zero for no limit. One that is in
 * use is replaced a little ahead of that where the maximum leaves room for both. 30
 * minutes by default
 * @param keepAliveInterval how long a connection may be idle before it is validated in
 * the background; zero for no limit. 20 seconds by default
 * @param validateAfterIdle how long a connection may be idle and still be leased without
 * validation; zero validates always. From one second on it may be validated 10
 * milliseconds early, which spares each lease the clock. 15 seconds by default
 * @param openTimeout how long a connection may take to open, or to be validated. One that
 * takes longer counts as failed and its place is free again; should it open after that,
 * it is closed. 30 seconds by default
 * @param releaseTimeout how long the reset of a released connection, or the close of one,
 * may take; 5 seconds by default
 * @param drainTime how long leases may go on when the pool is closed; 30 seconds by
 * default
 * @param leakDetectionTimeout how long a lease may be held without renewal before it
 * counts as leaked; zero for no limit. 60 seconds by default
 * @param leakAction what to do with a leaked lease; {@link LeakAction#RECLAIM} by default
 * @param maxConcurrentOpens the bound on the connections that are opened at the same
 * time; 4 by default
 * @param minOpenBackoff the wait after a failure to open, a millisecond at least;
 * doubled, with jitter, for each one that follows. 100 milliseconds by default
 * @param maxOpenBackoff the bound on the wait after failures to open; a second by default
 * @param executor what runs the callbacks of callers that had to wait; the common pool by
 * default. An executor may run them on the thread that it is called on, which is one that
 * releases a lease, or the scheduler's. Callbacks do not run inside one another then:
 * what a callback delivers by a release comes after it, and the scheduler runs what would
 * keep such a thread for long
 * @param listener the listener; {@link PoolListener#NONE} by default
 */
public record PoolOptions(String name, int minConnections, int maxConnections, String maxConnectionsName,
		int leasesPerConnection, ConnectionChoice connectionChoice, QueueDiscipline queueDiscipline,
		Duration queueInterval, Duration queueTarget, Duration acquireTimeout, int maxPending, Duration idleTimeout,
		Duration maxLifetime, Duration keepAliveInterval, Duration validateAfterIdle, Duration openTimeout,
		Duration releaseTimeout, Duration drainTime, Duration leakDetectionTimeout, LeakAction leakAction,
		int maxConcurrentOpens, Duration minOpenBackoff, Duration maxOpenBackoff, Executor executor,
		PoolListener listener) {

	/** The largest number of leases that a pool can hand out at the same time. */
	public static final int MAX_LEASES = 1 << 20;

	/**
	 * Stands for a bound on the callers that wait that goes with the size of the pool.
	 */
	private static final int DERIVED = -1;

	private static final int DERIVED_PER_CONNECTION = 100;

	/**
	 * Validates the options.
	 * @param name name of the pool
	 * @param minConnections connections that are kept open
	 * @param maxConnections the bound on the connections
	 * @param maxConnectionsName how messages name that setting
	 * @param leasesPerConnection leases that a connection serves at a time
	 * @param connectionChoice which free connection is leased
	 * @param queueDiscipline who is served first
	 * @param queueInterval how long callers wait without a pause before that is an
	 * overload
	 * @param queueTarget how long a caller waits in an overload
	 * @param acquireTimeout the longest wait by default
	 * @param maxPending the bound on the callers that wait
	 * @param idleTimeout how long a connection may be idle
	 * @param maxLifetime how long a connection is used
	 * @param keepAliveInterval how long one may idle unvalidated
	 * @param validateAfterIdle how long one may idle and be leased as it is
	 * @param openTimeout how long an opening may take
	 * @param releaseTimeout how long a reset or a close may take
	 * @param drainTime how long leases may go on when the pool is closed
	 * @param leakDetectionTimeout how long a lease may go unrenewed
	 * @param leakAction what to do with a leaked lease
	 * @param maxConcurrentOpens the bound on the connections being opened
	 * @param minOpenBackoff the wait after a failure to open
	 * @param maxOpenBackoff the bound on that wait
	 * @param executor what runs callbacks
	 * @param listener the listener
	 * @throws IllegalArgumentException if an option, or two together, make no sense
	 */
	public PoolOptions {
		check(name, !name.isBlank(), "name is blank. Give the pool a name");
		checkAtLeast(name, "leasesPerConnection", 1, leasesPerConnection);
		checkSize(name, leasesPerConnection, minConnections, maxConnections);
		checkAtLeast(name, "maxConcurrentOpens", 1, maxConcurrentOpens);
		checkNotNegative(name, "acquireTimeout", acquireTimeout);
		checkPositive(name, "queueInterval", queueInterval);
		checkPositive(name, "queueTarget", queueTarget);
		checkNotNegative(name, "idleTimeout", idleTimeout);
		checkNotNegative(name, "maxLifetime", maxLifetime);
		checkNotNegative(name, "keepAliveInterval", keepAliveInterval);
		checkNotNegative(name, "validateAfterIdle", validateAfterIdle);
		checkPositive(name, "openTimeout", openTimeout);
		checkNotNegative(name, "releaseTimeout", releaseTimeout);
		checkNotNegative(name, "drainTime", drainTime);
		checkNotNegative(name, "leakDetectionTimeout", leakDetectionTimeout);
		checkNotNegative(name, "minOpenBackoff", minOpenBackoff);
		check(name, minOpenBackoff.compareTo(maxOpenBackoff) <= 0, "minOpenBackoff (" + minOpenBackoff
				+ ") is greater than maxOpenBackoff (" + maxOpenBackoff + "). Lower the one or raise the other");
	}

	/**
	 * Validates a size of the pool, which may change while it works.
	 * @param min connections that are kept open
	 * @param max the bound on the connections
	 * @throws IllegalArgumentException if the numbers are negative, contradict each other
	 * or exceed what a pool can hold
	 */
	public void checkSize(int min, int max) {
		checkSize(this.name, this.leasesPerConnection, min, max);
	}

	/**
	 * Validates a restriction of the pool.
	 * @param restriction the bound on the connections
	 * @throws IllegalArgumentException if the number is negative
	 */
	public void checkRestriction(int restriction) {
		checkAtLeast(this.name, "restriction", 0, restriction);
	}

	private static void checkSize(String name, int leasesPerConnection, int min, int max) {
		checkAtLeast(name, "maxConnections", 1, max);
		check(name, max <= MAX_LEASES / leasesPerConnection, "maxConnections (" + max + ") times leasesPerConnection ("
				+ leasesPerConnection + ") is more than " + MAX_LEASES + ". Lower one of them");
		checkAtLeast(name, "minConnections", 0, min);
		check(name, min <= max, "minConnections (" + min + ") is greater than maxConnections (" + max
				+ "). Lower the one or raise the other");
	}

	private static void checkAtLeast(String name, String option, int least, int value) {
		check(name, value >= least, option + " is " + value + ". Set it to " + least + " or more");
	}

	private static void checkNotNegative(String name, String option, Duration value) {
		check(name, !value.isNegative(), option + " is " + value + ". Set it to zero or more");
	}

	private static void checkPositive(String name, String option, Duration value) {
		check(name, value.compareTo(Duration.ZERO) > 0, option + " is " + value + ". Set it to more than zero");
	}

	private static void check(String name, boolean valid, String problem) {
		if (!valid) {
			throw new IllegalArgumentException("pool '" + name + "': " + problem);
		}
	}

	/**
	 * Starts from the defaults.
	 * @param name name of the pool, used in messages and metrics
	 * @return a builder
	 */
	public static Builder builder(String name) {
		return new Builder(name);
	}

	/**
	 * Returns the bound on the callers that wait; past it they are refused.
	 * @return a hundred times {@code maxConnections} by default
	 */
	public int maxPending() {
		return maxPending(this.maxConnections);
	}

	/**
	 * Returns the bound on the callers that wait once the pool was resized.
	 * @param max the bound on the connections after that
	 * @return a hundred times {@code max} by default; an explicit bound stays as it is
	 */
	public int maxPending(int max) {
		return (this.maxPending != DERIVED) ? this.maxPending : DERIVED_PER_CONNECTION * max;
	}

	/**
	 * In which order callers that wait for a connection are served.
	 */
	public enum QueueDiscipline {

		/** In the order of their arrival. */
		FIFO,

		/**
		 * In the order of their arrival, except in an overload: from the moment when a
		 * caller was not served within its time until no caller waits any more, the one
		 * that came last is served first. In a queue that is longer than the patience of
		 * its callers, the first ones have next to no time left, so that whatever is done
		 * for them comes too late. The last ones still have theirs.
		 */
		ADAPTIVE_LIFO,

		/**
		 * As {@link #ADAPTIVE_LIFO}, and it is an overload, too, from the moment when
		 * callers have waited without a pause for {@link PoolOptions#queueInterval()}
		 * until no caller waits. Those that arrive in that time are given up after
		 * {@link PoolOptions#queueTarget()}, unless their own timeout is shorter. This is
		 * the controlled delay of "Fail at Scale" (Ben Maurer, ACM Queue 13/8, 2015),
		 * which follows CoDel (RFC 8289). It is for callers that do not wait as long as
		 * their timeout says. Callers that only begin anew when they were answered, such
		 * as those of a batch, should be no more than the connections. An outage of the
		 * server that is longer than the interval counts as an overload; a suspension of
		 * the pool does not.
		 */
		CODEL

	}

	/**
	 * Which of several free connections the next caller gets.
	 */
	public enum ConnectionChoice {

		/**
		 * One that was used a moment ago: the calling thread's own last one if it is
		 * free, else the first. What the load does not need goes cold, and is closed when
		 * it has been idle for too long.
		 */
		HOTTEST,

		/**
		 * The one whose last use is longest ago, so that all are used alike and the whole
		 * pool stays open. Looks at all connections, which costs more in a large pool.
		 */
		LEAST_RECENTLY_USED

	}

	/**
	 * What to do with a lease that is held for longer than the leak detection timeout.
	 */
	public enum LeakAction {

		/** Notify the listener only; the lease goes on. */
		LOG,

		/**
		 * Revoke the lease: its connection is closed and replaced, and its holder gets a
		 * {@link LeaseRevokedException} at the next use.
		 */
		RECLAIM

	}

	/**
	 * Builds {@link PoolOptions}. Each method sets the option of its name.
	 */
	public static final class Builder {

		private final String name;

		private int minConnections = 0;

		private int maxConnections = 10;

		private String maxConnectionsName = "the maximum of connections";

		private int leasesPerConnection = 1;

		private ConnectionChoice connectionChoice = ConnectionChoice.HOTTEST;

		private QueueDiscipline queueDiscipline = QueueDiscipline.FIFO;

		private Duration queueInterval = Duration.ofSeconds(5);

		private Duration queueTarget = Duration.ofMillis(500);

		private Duration acquireTimeout = Duration.ofSeconds(30);

		private int maxPending = DERIVED;

		private Duration idleTimeout = Duration.ofMinutes(5);

		private Duration maxLifetime = Duration.ofMinutes(30);

		private Duration keepAliveInterval = Duration.ofSeconds(20);

		private Duration validateAfterIdle = Duration.ofSeconds(15);

		private Duration openTimeout = Duration.ofSeconds(30);

		private Duration releaseTimeout = Duration.ofSeconds(5);

		private Duration drainTime = Duration.ofSeconds(30);

		private Duration leakDetectionTimeout = Duration.ofSeconds(60);

		private LeakAction leakAction = LeakAction.RECLAIM;

		private int maxConcurrentOpens = 4;

		private Duration minOpenBackoff = Duration.ofMillis(100);

		private Duration maxOpenBackoff = Duration.ofSeconds(1);

		private Executor executor = ForkJoinPool.commonPool();

		private PoolListener listener = PoolListener.NONE;

		private Builder(String name) {
			this.name = name;
		}

		/**
		 * Sets {@link PoolOptions#minConnections()}.
		 * @param minConnections connections that are kept open
		 * @return this builder
		 */
		public Builder minConnections(int minConnections) {
			this.minConnections = minConnections;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#maxConnections()}.
		 * @param maxConnections the bound on the connections
		 * @return this builder
		 */
		public Builder maxConnections(int maxConnections) {
			this.maxConnections = maxConnections;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#maxConnectionsName()}.
		 * @param maxConnectionsName such as the name of a property
		 * @return this builder
		 */
		public Builder maxConnectionsName(String maxConnectionsName) {
			this.maxConnectionsName = maxConnectionsName;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#leasesPerConnection()}.
		 * @param leasesPerConnection how many leases a connection serves at a time
		 * @return this builder
		 */
		public Builder leasesPerConnection(int leasesPerConnection) {
			this.leasesPerConnection = leasesPerConnection;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#connectionChoice()}.
		 * @param connectionChoice which of several free connections is leased
		 * @return this builder
		 */
		public Builder connectionChoice(ConnectionChoice connectionChoice) {
			this.connectionChoice = connectionChoice;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#queueDiscipline()}.
		 * @param queueDiscipline in which order callers that wait are served
		 * @return this builder
		 */
		public Builder queueDiscipline(QueueDiscipline queueDiscipline) {
			this.queueDiscipline = queueDiscipline;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#queueInterval()}.
		 * @param queueInterval how long callers wait without a pause before that is an
		 * overload
		 * @return this builder
		 */
		public Builder queueInterval(Duration queueInterval) {
			this.queueInterval = queueInterval;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#queueTarget()}.
		 * @param queueTarget how long a caller waits in an overload
		 * @return this builder
		 */
		public Builder queueTarget(Duration queueTarget) {
			this.queueTarget = queueTarget;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#acquireTimeout()}.
		 * @param acquireTimeout the longest wait for a lease when the caller gives none
		 * @return this builder
		 */
		public Builder acquireTimeout(Duration acquireTimeout) {
			this.acquireTimeout = acquireTimeout;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#maxPending()}.
		 * @param maxPending the bound on the callers that wait; past it they are refused
		 * @return this builder
		 */
		public Builder maxPending(int maxPending) {
			checkAtLeast(this.name, "maxPending", 0, maxPending);
			this.maxPending = maxPending;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#idleTimeout()}.
		 * @param idleTimeout how long a connection beyond the minimum may be idle
		 * @return this builder
		 */
		public Builder idleTimeout(Duration idleTimeout) {
			this.idleTimeout = idleTimeout;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#maxLifetime()}.
		 * @param maxLifetime how long a connection is used at the longest
		 * @return this builder
		 */
		public Builder maxLifetime(Duration maxLifetime) {
			this.maxLifetime = maxLifetime;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#keepAliveInterval()}.
		 * @param keepAliveInterval how long a connection may be idle unvalidated
		 * @return this builder
		 */
		public Builder keepAliveInterval(Duration keepAliveInterval) {
			this.keepAliveInterval = keepAliveInterval;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#validateAfterIdle()}.
		 * @param validateAfterIdle how long a connection may be idle and be leased as it
		 * is
		 * @return this builder
		 */
		public Builder validateAfterIdle(Duration validateAfterIdle) {
			this.validateAfterIdle = validateAfterIdle;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#openTimeout()}.
		 * @param openTimeout how long a connection may take to open, or to be validated
		 * @return this builder
		 */
		public Builder openTimeout(Duration openTimeout) {
			this.openTimeout = openTimeout;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#releaseTimeout()}.
		 * @param releaseTimeout how long a reset or a close may take
		 * @return this builder
		 */
		public Builder releaseTimeout(Duration releaseTimeout) {
			this.releaseTimeout = releaseTimeout;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#drainTime()}.
		 * @param drainTime how long leases may go on when the pool is closed
		 * @return this builder
		 */
		public Builder drainTime(Duration drainTime) {
			this.drainTime = drainTime;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#leakDetectionTimeout()}.
		 * @param leakDetectionTimeout how long a lease may be held without renewal
		 * @return this builder
		 */
		public Builder leakDetectionTimeout(Duration leakDetectionTimeout) {
			this.leakDetectionTimeout = leakDetectionTimeout;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#leakAction()}.
		 * @param leakAction what to do with a leaked lease
		 * @return this builder
		 */
		public Builder leakAction(LeakAction leakAction) {
			this.leakAction = leakAction;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#maxConcurrentOpens()}.
		 * @param maxConcurrentOpens the bound on the connections being opened
		 * @return this builder
		 */
		public Builder maxConcurrentOpens(int maxConcurrentOpens) {
			this.maxConcurrentOpens = maxConcurrentOpens;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#minOpenBackoff()}.
		 * @param minOpenBackoff the wait after a failure to open
		 * @return this builder
		 */
		public Builder minOpenBackoff(Duration minOpenBackoff) {
			this.minOpenBackoff = minOpenBackoff;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#maxOpenBackoff()}.
		 * @param maxOpenBackoff the bound on the wait after failures to open
		 * @return this builder
		 */
		public Builder maxOpenBackoff(Duration maxOpenBackoff) {
			this.maxOpenBackoff = maxOpenBackoff;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#executor()}.
		 * @param executor what runs the callbacks of callers that had to wait
		 * @return this builder
		 */
		public Builder executor(Executor executor) {
			this.executor = executor;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#listener()}.
		 * @param listener the listener
		 * @return this builder
		 */
		public Builder listener(PoolListener listener) {
			this.listener = listener;
			return this;
		}

		/**
		 * Validates and seals the options.
		 * @return the options
		 * @throws IllegalArgumentException if an option, or two together, make no sense
		 */
		public PoolOptions build() {
			return new PoolOptions(this.name, this.minConnections, this.maxConnections, this.maxConnectionsName,
					this.leasesPerConnection, this.connectionChoice, this.queueDiscipline, this.queueInterval,
					this.queueTarget, this.acquireTimeout, this.maxPending, this.idleTimeout, this.maxLifetime,
					this.keepAliveInterval, this.validateAfterIdle, this.openTimeout, this.releaseTimeout,
					this.drainTime, this.leakDetectionTimeout, this.leakAction, this.maxConcurrentOpens,
					this.minOpenBackoff, this.maxOpenBackoff, this.executor, this.listener);
		}

	}

}
