package dev.dbpool.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.postgrest.value.Row;
import io.netty.channel.ChannelOption;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The name of an endpoint leads to another address than before.
 */
class DnsIntegrationTests extends ClientTestSupport {

	private static final int CONNECTIONS = 2;

	private final Names names = new Names();

	private FaultProxy before;

	private FaultProxy after;

	@BeforeEach
	void start() {
		this.before = FaultProxy.to(server().url());
		this.after = FaultProxy.to(server().url());
	}

	@AfterEach
	void stop() {
		this.before.close();
		this.after.close();
		this.names.close();
	}

	@Test
	void connectionsOfThePrimaryStayUntilTheyBreakAndAreOpenedToTheNewAddressThen() {
		this.names.lead("primary.test", this.before);
		PooledClient client = client("primary.test", (builder) -> builder);
		this.names.lead("primary.test", this.after);
		read(client, 10);
		assertThat(this.after.accepted()).as("while the connections work").isZero();
		this.before.down();
		read(client, 10);
		await().until(() -> this.after.open() == 2 * CONNECTIONS);
		assertThat(client.pool(Lane.READ).connections())
			.allSatisfy((connection) -> assertThat(connection.description()).endsWith(":" + this.after.port()));
	}

	@Test
	void connectionsOfThePrimaryMoveToTheNewAddressAsTheirLifetimeEnds() {
		this.names.lead("primary.test", this.before);
		PooledClient client = client("primary.test", DnsIntegrationTests::withShortLife);
		this.names.lead("primary.test", this.after);
		await().until(() -> {
			read(client, 5);
			return this.before.open() == 0 && this.after.open() == 2 * CONNECTIONS;
		});
	}

	@Test
	void connectionsOfAReplicaMoveToTheNewAddressAsTheirLifetimeEnds() {
		this.names.lead("replica.test", this.before);
		PooledClient client = client(server().url(), (builder) -> withShortLife(replica(builder)));
		ReadEndpoint replica = client.readEndpoints().get(0);
		await().until(() -> this.before.open() == CONNECTIONS);
		this.names.lead("replica.test", this.after);
		await().until(() -> {
			read(client, 5);
			return this.before.open() == 0 && this.after.open() == CONNECTIONS;
		});
		long served = replica.pool().snapshot().acquired();
		await().until(() -> {
			read(client, 1);
			return replica.pool().snapshot().acquired() > served;
		});
	}

	@Test
	void replicaIsUsedAgainWhenItsNameLeadsToAServerThatWorks() {
		this.names.lead("replica.test", this.before);
		PooledClient client = client(server().url(), this::replica);
		ReadEndpoint replica = client.readEndpoints().get(0);
		await().until(() -> this.before.open() == CONNECTIONS);
		this.before.down();
		read(client, 10);
		await().until(() -> !replica.isAvailable());
		this.names.lead("replica.test", this.after);
		await().until(() -> {
			read(client, 1);
			return replica.isAvailable() && this.after.open() > 0;
		});
	}

	@Test
	void resetMovesAllConnectionsToTheNewAddressAtTheirNextRelease() {
		this.names.lead("primary.test", this.before);
		PooledClient client = client("primary.test", (builder) -> builder);
		this.names.lead("primary.test", this.after);
		for (Lane lane : Lane.values()) {
			client.pool(lane).softReset();
		}
		await().until(() -> this.before.open() == 0 && this.after.open() == 2 * CONNECTIONS);
		read(client, 10);
	}

	@Test
	void nameIsLookedUpAgainWhenTheTimeToLiveOfItsRecordIsOver() throws IOException {
		try (DnsServer hour = new DnsServer(3600); DnsServer none = new DnsServer(0)) {
			assertThat(lookUpsOfTenConnections(hour)).isEqualTo(1);
			assertThat(lookUpsOfTenConnections(none)).isEqualTo(10);
		}
	}

	@Test
	void furtherSettingsOfTheHttpClientKeepTheResolver() {
		this.names.lead("primary.test", this.before);
		PooledClient client = client("primary.test",
				(builder) -> builder.httpClient((http) -> http.option(ChannelOption.SO_KEEPALIVE, true)));
		read(client, 1);
	}

	private int lookUpsOfTenConnections(DnsServer dns) {
		PooledClient client = client(URI.create("http://dns.test:" + this.before.port()), (builder) -> connections(
				builder, 1)
			.httpClient((http) -> http
				.resolver((spec) -> spec.dnsAddressResolverGroupProvider((resolver) -> new DnsAddressResolverGroup(
						resolver.nameServerProvider(new SingletonDnsServerAddressStreamProvider(dns.address())))))));
		for (int i = 0; i < 10; i++) {
			read(client, 1);
			client.pool(Lane.READ).softReset();
			await().until(() -> client.pool(Lane.READ).snapshot().total() == 0);
		}
		return dns.queries();
	}

	private PooledClient client(String host, UnaryOperator<PooledClientBuilder> customizer) {
		PooledClient client = client(URI.create("http://" + host), (builder) -> customizer.apply(open(builder)));
		awaitIdle(client, CONNECTIONS);
		return client;
	}

	private PooledClientBuilder replica(PooledClientBuilder builder) {
		return open(builder).readEndpoints(List.of(URI.create("http://replica.test")));
	}

	private PooledClientBuilder open(PooledClientBuilder builder) {
		connections(builder, CONNECTIONS).httpClient((http) -> http.resolver(this.names));
		for (Lane lane : Lane.values()) {
			builder.lane(lane, (options) -> options.minConnections(CONNECTIONS));
		}
		return builder;
	}

	private static PooledClientBuilder withShortLife(PooledClientBuilder builder) {
		for (Lane lane : Lane.values()) {
			builder.lane(lane, (options) -> options.maxLifetime(Duration.ofMillis(500)));
		}
		return builder;
	}

	private static void read(PooledClient client, int times) {
		List<List<Row>> rows = Flux.range(0, times)
			.flatMap((number) -> client.from("cars").select("id").list(Row.class), CONNECTIONS)
			.collectList()
			.block(PATIENCE.multipliedBy(3));
		assertThat(rows).hasSize(times);
	}

	/**
	 * Names that lead to a port of this machine. Others are addresses.
	 */
	private static final class Names extends AddressResolverGroup<InetSocketAddress> {

		private final Map<String, Integer> ports = new ConcurrentHashMap<>();

		void lead(String name, FaultProxy proxy) {
			this.ports.put(name, proxy.port());
		}

		@Override
		protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
			return new AbstractAddressResolver<>(executor, InetSocketAddress.class) {

				@Override
				protected boolean doIsResolved(InetSocketAddress address) {
					return !address.isUnresolved();
				}

				@Override
				protected void doResolve(InetSocketAddress unresolved, Promise<InetSocketAddress> promise) {
					Integer port = Names.this.ports.get(unresolved.getHostString());
					if (port != null) {
						promise.setSuccess(new InetSocketAddress("127.0.0.1", port));
					}
					else if (unresolved.getHostString().equals("127.0.0.1")) {
						promise.setSuccess(new InetSocketAddress("127.0.0.1", unresolved.getPort()));
					}
					else {
						promise.setFailure(new UnknownHostException(unresolved.getHostString()));
					}
				}

				@Override
				protected void doResolveAll(InetSocketAddress unresolved, Promise<List<InetSocketAddress>> promise) {
					Promise<InetSocketAddress> one = executor().newPromise();
					doResolve(unresolved, one);
					if (one.isSuccess()) {
						promise.setSuccess(List.of(one.getNow()));
					}
					else {
						promise.setFailure(one.cause());
					}
				}

			};
		}

	}

}
