package dev.dbpool.client;

import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.List;

import com.sun.management.ThreadMXBean;
import org.assertj.core.api.AbstractListAssert;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what the {@code RestClient}s of all views share.
 */
class PooledRestClientTests {

	private static final int VIEWS = 1_000;

	private final PooledClient client = PooledClient
		.builder(URI.create("http://127.0.0.1:9"), ApiKeys.withoutAnonKey(null))
		.lane(Lane.READ, (options) -> options.minConnections(0))
		.lane(Lane.WRITE, (options) -> options.minConnections(0))
		.build();

	@AfterEach
	void close() {
		this.client.close(Duration.ZERO).block();
	}

	@Test
	void clientOfAViewMakesNoMessageConverters() {
		assertThat(allocated(this::restClients) / VIEWS).as("bytes for each client")
			.isLessThan(allocated(() -> RestClient.builder().build()) / 4);
	}

	@Test
	void clientOfAViewHasTheMessageConvertersOfAnyOther() {
		RestClient client = this.client.asUser("token").blocking().restClient();
		assertThat(converters(client, "client.messageConverters"))
			.isEqualTo(converters(RestClient.create(), "messageConverters"));
	}

	private static List<String> converters(RestClient client, String field) {
		AbstractListAssert<?, ?, Object, ?> converters = assertThat(client).extracting(field,
				InstanceOfAssertFactories.LIST);
		return converters.isNotEmpty().actual().stream().map((converter) -> converter.getClass().getName()).toList();
	}

	private void restClients() {
		for (int i = 0; i < VIEWS; i++) {
			this.client.asUser("token-" + i).blocking().restClient();
		}
	}

	private static long allocated(Runnable action) {
		action.run();
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getCurrentThreadAllocatedBytes();
		action.run();
		return threads.getCurrentThreadAllocatedBytes() - before;
	}

}
