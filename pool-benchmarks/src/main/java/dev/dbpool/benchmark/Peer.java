package dev.dbpool.benchmark;

import java.util.function.BiFunction;

/**
 * The clients that are compared, in the order of the first round.
 */
enum Peer {

	SHARED("shared", "one shared `WebClient`", SharedWebClient::new),

	OBSERVED("observed", "the same, from Spring Boot's builder", ObservedWebClient::new),

	HAND_WIRED("hand-wired", "the same, hand-wired Resilience4j and Micrometer", HandWiredWebClient::new),

	POOLED("pooled", "**`PooledClient`**, everything on", StarterClient::new),

	WEB_CLIENT_ADAPTER("web-client-adapter", "its `webClient()`", AdapterWebClient::new),

	BATCHED("batched", "its batched reads", BatchingStarterClient::new),

	JDK("jdk", "JDK `HttpClient`", JdkClient::new),

	APACHE("apache", "Apache HttpClient 5, async", ApacheClient::new),

	JETTY("jetty", "Jetty `HttpClient`", JettyClient::new),

	OKHTTP("okhttp", "OkHttp", OkHttpVariant::new);

	private final String id;

	private final String title;

	private final BiFunction<Target, Integer, Variant> factory;

	Peer(String id, String title, BiFunction<Target, Integer, Variant> factory) {
		this.id = id;
		this.title = title;
		this.factory = factory;
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return this.id;
	}

	String title() {
		return this.title;
	}

	/**
	 * Returns whether this is neither Spring's client nor ours.
	 */
	boolean isOther() {
		return compareTo(JDK) >= 0;
	}

	/**
	 * Returns whether this client has something of its own to show for a query.
	 */
	boolean runs(Query query) {
		return this != BATCHED || query.isSingle();
	}

	Variant create(Target target, int connections) {
		return this.factory.apply(target, connections);
	}

}
