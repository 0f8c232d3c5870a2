package dev.dbpool.pool;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;

/**
 * The options of a {@link ConnectionPool}, validated and sealed.
 */
public final class PoolOptions {

	/** The largest number of leases that a pool can hand out at the same time. */
	public static final int MAX_LEASES = 1 << 20;

	private final String name;

	private final int minConnections;

	private final int maxConnections;

	private final String maxConnectionsName;

	private final int leasesPerConnection;

	private final ConnectionChoice connectionChoice;

	private final QueueDiscipline queueDiscipline;

	private final Duration acquireTimeout;

	private final int maxPending;

	private final boolean maxPendingDerived;

	private final Duration idleTimeout;

	private final Duration maxLifetime;

	private final Duration keepAliveInterval;

	private final Duration validateAfterIdle;

	private final Duration openTimeout;

	private final Duration releaseTimeout;

	private final Duration drainTime;

	private final Duration leakDetectionTimeout;

	private final LeakAction leakAction;

	private final int maxConcurrentOpens;

	private final Duration minOpenBackoff;

	private final Duration maxOpenBackoff;

	private final Executor executor;

	private final PoolListener listener;

	private PoolOptions(Builder builder) {
		this.name = builder.name;
		this.minConnections = builder.minConnections;
		this.maxConnections = builder.maxConnections;
		this.maxConnectionsName = builder.maxConnectionsName;
		this.leasesPerConnection = builder.leasesPerConnection;
		this.connectionChoice = builder.connectionChoice;
		this.queueDiscipline = builder.queueDiscipline;
		this.acquireTimeout = builder.acquireTimeout;
		this.maxPendingDerived = builder.maxPending == Builder.DERIVED;
		this.maxPending = this.maxPendingDerived ? pendingFor(builder.maxConnections) : builder.maxPending;
		this.idleTimeout = builder.idleTimeout;
		this.maxLifetime = builder.maxLifetime;
		this.keepAliveInterval = builder.keepAliveInterval;
		this.validateAfterIdle = builder.validateAfterIdle;
		this.openTimeout = builder.openTimeout;
		this.releaseTimeout = builder.releaseTimeout;
		this.drainTime = builder.drainTime;
		this.leakDetectionTimeout = builder.leakDetectionTimeout;
		this.leakAction = builder.leakAction;
		this.maxConcurrentOpens = builder.maxConcurrentOpens;
		this.minOpenBackoff = builder.minOpenBackoff;
		this.maxOpenBackoff = builder.maxOpenBackoff;
		this.executor = builder.executor;
		this.listener = builder.listener;
		validate();
	}

	private void validate() {
		check(!this.name.isBlank(), "name is blank. Give the pool a name");
		check(this.leasesPerConnection >= 1,
				"leasesPerConnection is " + this.leasesPerConnection + ". Set it to 1 or more");
		checkSize(this.minConnections, this.maxConnections);
		check(this.maxConcurrentOpens >= 1,
				"maxConcurrentOpens is " + this.maxConcurrentOpens + ". Set it to 1 or more");
		checkNotNegative("acquireTimeout", this.acquireTimeout);
		checkNotNegative("idleTimeout", this.idleTimeout);
		checkNotNegative("maxLifetime", this.maxLifetime);
		checkNotNegative("keepAliveInterval", this.keepAliveInterval);
		checkNotNegative("validateAfterIdle", this.validateAfterIdle);
		check(this.openTimeout.compareTo(Duration.ZERO) > 0,
				"openTimeout is " + this.openTimeout + ". Set it to more than zero");
		checkNotNegative("releaseTimeout", this.releaseTimeout);
		checkNotNegative("drainTime", this.drainTime);
		checkNotNegative("leakDetectionTimeout", this.leakDetectionTimeout);
		checkNotNegative("minOpenBackoff", this.minOpenBackoff);
		check(this.minOpenBackoff.compareTo(this.maxOpenBackoff) <= 0, "minOpenBackoff (" + this.minOpenBackoff
				+ ") is greater than maxOpenBackoff (" + this.maxOpenBackoff + "). Lower the one or raise the other");
	}

	/**
	 * Validates a size of the pool, which may change while it works.
	 * @param min connections that are kept open
	 * @param max the bound on the connections
	 * @throws IllegalArgumentException if the numbers are negative, contradict each other
	 * or exceed what a pool can hold
	 */
	public void checkSize(int min, int max) {
		check(max >= 1, "maxConnections is " + max + ". Set it to 1 or more");
		check(max <= MAX_LEASES / this.leasesPerConnection, "maxConnections (" + max + ") times leasesPerConnection ("
				+ this.leasesPerConnection + ") is more than " + MAX_LEASES + ". Lower one of them");
		checkNotNegative("minConnections", min);
		check(min <= max, "minConnections (" + min + ") is greater than maxConnections (" + max
				+ "). Lower the one or raise the other");
	}

	private void checkNotNegative(String option, int value) {
		check(value >= 0, option + " is " + value + ". Set it to 0 or more");
	}

	private void checkNotNegative(String option, Duration value) {
		check(!value.isNegative(), option + " is " + value + ". Set it to zero or more");
	}

	private void check(boolean valid, String problem) {
		if (!valid) {
			throw new IllegalArgumentException("pool '" + this.name + "': " + problem);
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
	 * Returns the name of the pool, used in messages and metrics.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Returns connections that are kept open.
	 * @return 0 by default
	 */
	public int minConnections() {
		return this.minConnections;
	}

	/**
	 * Returns the bound on the connections, those being opened or closed included.
	 * @return 10 by default
	 */
	public int maxConnections() {
		return this.maxConnections;
	}

	/**
	 * Returns how messages name the setting that holds the maximum of connections.
	 * @return {@code the maximum of connections} by default
	 */
	public String maxConnectionsName() {
		return this.maxConnectionsName;
	}

	/**
	 * Returns how many leases one connection serves at the same time. More than one is
	 * for connections that can keep their users apart, such as HTTP/2's.
	 * @return 1 by default
	 */
	public int leasesPerConnection() {
		return this.leasesPerConnection;
	}

	/**
	 * Returns which of several free connections is leased.
	 * @return {@link ConnectionChoice#HOTTEST} by default
	 */
	public ConnectionChoice connectionChoice() {
		return this.connectionChoice;
	}

	/**
	 * Returns in which order callers that wait are served.
	 * @return {@link QueueDiscipline#FIFO} by default
	 */
	public QueueDiscipline queueDiscipline() {
		return this.queueDiscipline;
	}

	/**
	 * Returns the longest wait for a lease when the caller gives none.
	 * @return 30 seconds by default
	 */
	public Duration acquireTimeout() {
		return this.acquireTimeout;
	}

	/**
	 * Returns the bound on the callers that wait; past it they are refused.
	 * @return fifty times {@code maxConnections} by default
	 */
	public int maxPending() {
		return this.maxPending;
	}

	/**
	 * Returns the bound on the callers that wait once the pool was resized.
	 * @param max the bound on the connections after that
	 * @return fifty times {@code max} by default; an explicit bound stays as it is
	 */
	public int maxPending(int max) {
		return this.maxPendingDerived ? pendingFor(max) : this.maxPending;
	}

	private static int pendingFor(int max) {
		return (int) Math.min(50L * max, Integer.MAX_VALUE);
	}

	/**
	 * Returns how long a connection beyond the minimum may be idle; zero for no limit.
	 * @return 5 minutes by default
	 */
	public Duration idleTimeout() {
		return this.idleTimeout;
	}

	/**
	 * Returns how long a connection is used at the longest, less up to an eighth at
	 * random so that connections do not end together; zero for no limit. One that is in
	 * use is replaced a little ahead of that where the maximum leaves room for both.
	 * @return 30 minutes by default
	 */
	public Duration maxLifetime() {
		return this.maxLifetime;
	}

	/**
	 * Returns how long a connection may be idle before it is validated in the background;
	 * zero for no limit.
	 * @return 20 seconds by default
	 */
	public Duration keepAliveInterval() {
		return this.keepAliveInterval;
	}

	/**
	 * Returns how long a connection may be idle and still be leased without validation;
	 * zero validates always.
	 * @return 15 seconds by default
	 */
	public Duration validateAfterIdle() {
		return this.validateAfterIdle;
	}

	/**
	 * Returns how long a connection may take to open, or to be validated. One that takes
	 * longer counts as failed and its place is free again; should it open after that, it
	 * is closed.
	 * @return 30 seconds by default
	 */
	public Duration openTimeout() {
		return this.openTimeout;
	}

	/**
	 * Returns how long the reset of a released connection, or the close of one, may take.
	 * @return 5 seconds by default
	 */
	public Duration releaseTimeout() {
		return this.releaseTimeout;
	}

	/**
	 * Returns how long leases may go on when the pool is closed.
	 * @return 30 seconds by default
	 */
	public Duration drainTime() {
		return this.drainTime;
	}

	/**
	 * Returns how long a lease may be held without renewal before it counts as leaked;
	 * zero for no limit.
	 * @return 60 seconds by default
	 */
	public Duration leakDetectionTimeout() {
		return this.leakDetectionTimeout;
	}

	/**
	 * Returns what to do with a leaked lease.
	 * @return {@link LeakAction#RECLAIM} by default
	 */
	public LeakAction leakAction() {
		return this.leakAction;
	}

	/**
	 * Returns the bound on the connections that are opened at the same time.
	 * @return 4 by default
	 */
	public int maxConcurrentOpens() {
		return this.maxConcurrentOpens;
	}

	/**
	 * Returns the wait after a failure to open, a millisecond at least; doubled, with
	 * jitter, for each one that follows.
	 * @return 100 milliseconds by default
	 */
	public Duration minOpenBackoff() {
		return this.minOpenBackoff;
	}

	/**
	 * Returns the bound on the wait after failures to open.
	 * @return a second by default
	 */
	public Duration maxOpenBackoff() {
		return this.maxOpenBackoff;
	}

	/**
	 * Returns what runs the callbacks of callers that had to wait. An executor may run
	 * them on the thread that it is called on, which is one that releases a lease, or the
	 * scheduler's. Callbacks do not run inside one another then: what a callback delivers
	 * by a release comes after it, and the scheduler runs what would keep such a thread
	 * for long.
	 * @return the common pool by default
	 */
	public Executor executor() {
		return this.executor;
	}

	/**
	 * Returns the listener.
	 * @return {@link PoolListener#NONE} by default
	 */
	public PoolListener listener() {
		return this.listener;
	}

	/**
	 * Builds {@link PoolOptions}. Each method sets the option of its name.
	 */
	public static final class Builder {

		private static final int DERIVED = -1;

		private final String name;

		private int minConnections = 0;

		private int maxConnections = 10;

		private String maxConnectionsName = "the maximum of connections";

		private int leasesPerConnection = 1;

		private ConnectionChoice connectionChoice = ConnectionChoice.HOTTEST;

		private QueueDiscipline queueDiscipline = QueueDiscipline.FIFO;

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
		 * @param maxConnections the bound on the connections, those being opened or
		 * closed included
		 * @return this builder
		 */
		public Builder maxConnections(int maxConnections) {
			this.maxConnections = maxConnections;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#maxConnectionsName()}.
		 * @param maxConnectionsName how messages name the setting that holds the maximum
		 * of connections, such as the name of a property
		 * @return this builder
		 */
		public Builder maxConnectionsName(String maxConnectionsName) {
			this.maxConnectionsName = maxConnectionsName;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#leasesPerConnection()}.
		 * @param leasesPerConnection how many leases one connection serves at the same
		 * time
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
			if (maxPending < 0) {
				throw new IllegalArgumentException(
						"pool '" + this.name + "': maxPending is " + maxPending + ". Set it to 0 or more");
			}
			this.maxPending = maxPending;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#idleTimeout()}.
		 * @param idleTimeout how long a connection beyond the minimum may be idle; zero
		 * for no limit
		 * @return this builder
		 */
		public Builder idleTimeout(Duration idleTimeout) {
			this.idleTimeout = idleTimeout;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#maxLifetime()}.
		 * @param maxLifetime how long a connection is used at the longest, less up to an
		 * eighth at random so that connections do not end together; zero for no limit
		 * @return this builder
		 */
		public Builder maxLifetime(Duration maxLifetime) {
			this.maxLifetime = maxLifetime;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#keepAliveInterval()}.
		 * @param keepAliveInterval how long a connection may be idle before it is
		 * validated in the background; zero for no limit
		 * @return this builder
		 */
		public Builder keepAliveInterval(Duration keepAliveInterval) {
			this.keepAliveInterval = keepAliveInterval;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#validateAfterIdle()}.
		 * @param validateAfterIdle how long a connection may be idle and still be leased
		 * without validation; zero validates always
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
		 * @param releaseTimeout how long the reset of a released connection, or the close
		 * of one, may take
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
		 * @param leakDetectionTimeout how long a lease may be held without renewal before
		 * it counts as leaked; zero for no limit
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
		 * @param maxConcurrentOpens the bound on the connections that are opened at the
		 * same time
		 * @return this builder
		 */
		public Builder maxConcurrentOpens(int maxConcurrentOpens) {
			this.maxConcurrentOpens = maxConcurrentOpens;
			return this;
		}

		/**
		 * Sets {@link PoolOptions#minOpenBackoff()}.
		 * @param minOpenBackoff the wait after a failure to open; doubled, with jitter,
		 * for each one that follows
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
			return new PoolOptions(this);
		}

	}

}
