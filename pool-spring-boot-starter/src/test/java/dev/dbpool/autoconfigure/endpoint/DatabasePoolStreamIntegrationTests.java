package dev.dbpool.autoconfigure.endpoint;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.TestApplication;
import dev.dbpool.autoconfigure.TestServers;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

import org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration;
import org.springframework.http.codec.ServerSentEvent;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The stream of a pool on a management port of its own, which closes before the
 * application.
 */
class DatabasePoolStreamIntegrationTests {

	@Test
	void theStreamGoesOnUntilTheApplicationIsClosed() throws Exception {
		TestApplication application = TestApplication.web(TestServers.running(), "management.server.port=0",
				"spring.autoconfigure.exclude=" + TomcatReactiveManagementContextAutoConfiguration.class.getName());
		HttpResponse<Stream<String>> answer = stream(application);
		Iterator<String> lines = answer.body().iterator();
		List<String> seen = new ArrayList<>();
		while (Collections.frequency(seen, "event:state") < 2) {
			seen.add(lines.next());
		}
		assertThat(seen).contains("event:details")
			.anySatisfy((line) -> assertThat(line).startsWith("data:").contains("\"lanes\"", "\"connections\""))
			.anySatisfy((line) -> assertThat(line).startsWith("data:").contains("\"slow\"", "\"events\""));
		CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close);
		lines.forEachRemaining(seen::add);
		closing.join();
	}

	@Test
	void theStreamGoesOnAfterAnEventThatFailed() {
		AtomicBoolean failed = new AtomicBoolean();
		JsonMapper failing = JsonMapper.builder()
			.addModule(new SimpleModule().addSerializer(PoolsDescriptor.class, new ValueSerializer<>() {

				@Override
				public void serialize(PoolsDescriptor pools, JsonGenerator json, SerializationContext context) {
					if (failed.compareAndSet(false, true)) {
						throw new IllegalStateException("only once");
					}
					json.writeString("described");
				}

			}))
			.build();
		try (TestApplication application = TestApplication.web(TestServers.running())) {
			DatabasePoolEndpointWebExtension extension = new DatabasePoolEndpointWebExtension(
					application.context().getBean(DatabasePoolEndpoint.class), application.context(), failing);
			for (int subscriber = 0; subscriber < 2; subscriber++) {
				assertThat(Flux.from((Publisher<?>) extension.live("live", "default"))
					.map((event) -> String.valueOf(((ServerSentEvent<?>) event).data()))
					.filter((data) -> data.contains("described"))
					.blockFirst(Duration.ofSeconds(30))).isNotNull();
			}
			assertThat(failed).isTrue();
		}
	}

	private static HttpResponse<Stream<String>> stream(TestApplication application) throws Exception {
		String port = application.context().getEnvironment().getProperty("local.management.port");
		URI uri = URI.create("http://localhost:" + port + "/actuator/databasepool/live/default");
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(uri).header("Accept", "text/event-stream").build(),
					HttpResponse.BodyHandlers.ofLines());
	}

}
