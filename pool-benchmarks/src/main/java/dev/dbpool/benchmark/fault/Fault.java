package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;

import dev.dbpool.benchmark.fault.Behaviour.Spoiling;
import dev.dbpool.embedded.proxy.Toxic;

/**
 * The faults, in the order of the tables.
 */
enum Fault implements Scenario {

	POSTGREST_KILLED("PostgREST killed", 3, Site::killPostgrest, Site::startPostgrest),

	POSTGREST_RESTARTED("PostgREST restarted in order", 1, Site::stopPostgrest, Site::startPostgrest),

	POSTGREST_PAUSED("PostgREST paused", 5, (site) -> site.server().postgrest().pause(),
			(site) -> site.server().postgrest().resume()),

	POSTGRES_KILLED("PostgreSQL killed", 3, (site) -> site.server().postgres().kill(),
			(site) -> site.server().postgres().start()),

	BAD_GATEWAY("502 pages", 5, Behaviour.answer(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>", Map.of())),

	UNAVAILABLE("503 with `Retry-After: 2`", 5,
			Behaviour.answer(503, "application/json", "{\"message\":\"unavailable\"}", Map.of("Retry-After", "2"))),

	TOO_MANY_REQUESTS("429 with `Retry-After: 2`", 5,
			Behaviour.answer(429, "application/json", "{\"message\":\"too many requests\"}",
					Map.of("Retry-After", "2"))),

	GATEWAY_PAGE("200 with a gateway's page", 5,
			Behaviour.answer(200, "text/html", "<html><h1>Please sign in</h1></html>", Map.of())),

	OUT_OF_CONNECTIONS("PostgreSQL out of connections", 8,
			(site) -> site.sql("alter role authenticator connection limit 0",
					"select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator'"),
			(site) -> site.sql("alter role authenticator connection limit -1")),

	TABLE_LOCKED("another table locked, 6 reads/s of it", 15, (site) -> site.lock("stock"), Site::unlock) {

		@Override
		public Workload workload() {
			return Workload.STANDARD.besideReadsOf("stock", 6);
		}

	},

	SLOW_FUNCTION("another user calls a 12 s function six times", 12, Fault::nothing, Fault::nothing) {

		@Override
		public Workload workload() {
			return Workload.STANDARD.withBurst(6, (client, number) -> client.work(Duration.ofSeconds(12)));
		}

	},

	BLACK_HOLE("black hole", 10, (site) -> {
		site.proxy().addUpstream(Toxic.timeout(Duration.ZERO));
		site.proxy().addDownstream(Toxic.timeout(Duration.ZERO));
	}, (site) -> site.proxy().restore()),

	TRUNCATED("20 % of answers truncated", 8, Behaviour.spoil(0.2, Spoiling.TRUNCATE)),

	RANDOM_RESETS("5 % of answers lost by a reset", 8, Behaviour.spoil(0.05, Spoiling.RESET)),

	RESET_ONCE("all connections reset once", 1, (site) -> site.proxy().resetConnections(), Fault::nothing),

	CONNECTION_CLOSE("each answer with `Connection: close`", 8, Behaviour.spoil(1, Spoiling.CLOSE)),

	LATENCY("+500 ms latency", 8, (site) -> site.proxy().addDownstream(Toxic.latency(Duration.ofMillis(500))),
			(site) -> site.proxy().restore()),

	BANDWIDTH("2 kB/s per connection", 8, (site) -> site.proxy().addDownstream(Toxic.bandwidth(2)),
			(site) -> site.proxy().restore()),

	BURST("burst of 600 reads", 5, Fault::nothing, Fault::nothing) {

		@Override
		public Workload workload() {
			return Workload.STANDARD.withBurst(600, (client, number) -> Workload.read(client, "items", number));
		}

	},

	OVERLOAD_2X("overload 2× with a deadline of 1 s, 25/s server", 8, Fault::nothing, Fault::nothing) {

		@Override
		public Workload workload() {
			return Workload.overload(25, 2, DEADLINE);
		}

	},

	OVERLOAD_4X("overload 4× with a deadline of 1 s, 25/s server", 8, Fault::nothing, Fault::nothing) {

		@Override
		public Workload workload() {
			return Workload.overload(25, 4, DEADLINE);
		}

	},

	OVERLOAD_4X_FAST("overload 4× with a deadline of 1 s, 150/s server", 6, Fault::nothing, Fault::nothing) {

		@Override
		public Workload workload() {
			return Workload.overload(150, 4, DEADLINE);
		}

		@Override
		public boolean needsWholeMachine() {
			return true;
		}

	};

	private static final Duration DEADLINE = Duration.ofSeconds(1);

	private final String title;

	private final Duration length;

	private final Step begin;

	private final Step end;

	Fault(String title, int seconds, Step begin, Step end) {
		this.title = title + ((seconds > 1) ? ", " + seconds + " s" : "");
		this.length = Duration.ofSeconds(seconds);
		this.begin = begin;
		this.end = end;
	}

	Fault(String title, int seconds, Behaviour behaviour) {
		this(title, seconds, (site) -> site.gateway().behave(behaviour),
				(site) -> site.gateway().behave(Behaviour.NORMAL));
	}

	private static void nothing(Site site) {
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	String title() {
		return this.title;
	}

	@Override
	public Duration length() {
		return this.length;
	}

	@Override
	public Workload workload() {
		return Workload.STANDARD;
	}

	@Override
	public void begin(Site site) throws Exception {
		this.begin.run(site);
	}

	@Override
	public void end(Site site) throws Exception {
		this.end.run(site);
	}

	/**
	 * Changes the state of the servers or the network.
	 */
	@FunctionalInterface
	private interface Step {

		void run(Site site) throws Exception;

	}

}
