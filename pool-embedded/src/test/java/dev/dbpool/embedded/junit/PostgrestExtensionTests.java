package dev.dbpool.embedded.junit;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

/**
 * When the extension starts and closes servers.
 */
@Tag("slow")
class PostgrestExtensionTests {

	private static final List<String> log = new ArrayList<>();

	@BeforeEach
	void clearLog() {
		log.clear();
	}

	@Test
	void staticFieldGivesAllTestsOfAClassOneServer() {
		run(WithStaticField.class, 3);
		assertThat(log).containsExactly("start", "test", "test", "test", "close");
		assertThatIllegalStateException().isThrownBy(WithStaticField.extension::server)
			.withMessageContaining("@RegisterExtension");
	}

	@Test
	void instanceFieldGivesEveryTestItsServer() {
		run(WithInstanceField.class, 2);
		assertThat(log).containsExactly("start", "test", "close", "start", "test", "close");
	}

	@Test
	void serverThatIsSuppliedIsTheSameWithTheDockerParameter() {
		events(WithInstanceField.class, "true").assertStatistics((statistics) -> statistics.started(2).succeeded(2));
		assertThat(log).contains("start");
	}

	@Test
	@DisabledIf(value = "dev.dbpool.embedded.ContainerPostgrest#isDockerAvailable", disabledReason = "Docker answers")
	void withoutAnEngineTheDockerParameterFailsOrSkipsTheTests() {
		assertThat(events(WithBuilder.class, "true").failed().list()).singleElement()
			.asString()
			.contains("no Docker engine answers");
		events(WithBuilder.class, "if-available").assertStatistics((statistics) -> statistics.skipped(1).started(0));
	}

	@Test
	void unknownValueOfTheDockerParameterIsRejected() {
		assertThat(events(WithBuilder.class, "yes").failed().list()).singleElement()
			.asString()
			.contains("Set it to true, false or if-available");
	}

	private static void run(Class<?> type, int tests) {
		EngineTestKit.engine("junit-jupiter")
			.selectors(selectClass(type))
			.execute()
			.testEvents()
			.assertStatistics((statistics) -> statistics.started(tests).succeeded(tests));
	}

	private static Events events(Class<?> type, String docker) {
		return EngineTestKit.engine("junit-jupiter")
			.configurationParameter(PostgrestExtension.DOCKER_PARAMETER, docker)
			.selectors(selectClass(type))
			.execute()
			.testEvents();
	}

	private static PostgrestServer server() {
		log.add("start");
		return (PostgrestServer) Proxy.newProxyInstance(PostgrestServer.class.getClassLoader(),
				new Class<?>[] { PostgrestServer.class }, (proxy, method, arguments) -> log.add(method.getName()));
	}

	static class WithStaticField {

		@RegisterExtension
		static final PostgrestExtension extension = PostgrestExtension.of(PostgrestExtensionTests::server);

		@Test
		void first(PostgrestServer server) {
			assertThat(server == extension.server()).isTrue();
			log.add("test");
		}

		@Test
		void second() {
			assertThat(extension.server()).isNotNull();
			log.add("test");
		}

		@Nested
		class Inside {

			@Test
			void third(PostgrestServer server) {
				assertThat(server == extension.server()).isTrue();
				log.add("test");
			}

		}

	}

	static class WithInstanceField {

		@RegisterExtension
		final PostgrestExtension extension = PostgrestExtension.of(PostgrestExtensionTests::server);

		@Test
		void first(PostgrestServer server) {
			assertThat(server == this.extension.server()).isTrue();
			log.add("test");
		}

		@Test
		void second() {
			log.add("test");
		}

	}

	static class WithBuilder {

		@RegisterExtension
		final PostgrestExtension extension = PostgrestExtension.of(EmbeddedPostgrest.builder());

		@Test
		void test() {
			log.add("test");
		}

	}

}
