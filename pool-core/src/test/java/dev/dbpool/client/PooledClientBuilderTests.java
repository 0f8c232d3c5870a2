package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.dbpool.postgrest.CapturedLog;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PooledClientBuilderTests {

	private static final URI SERVER = URI.create("http://127.0.0.1:9");

	private static final ApiKeys KEYS = ApiKeys.withoutAnonKey(null);

	@Test
	void aLeakDetectionThatWouldHitRequestsIsRefused() {
		PooledClientBuilder builder = PooledClient.builder(SERVER, KEYS).requestTimeout(Duration.ofSeconds(90));
		assertThatIllegalArgumentException().isThrownBy(builder::build)
			.withMessage("pool 'read': leakDetectionTimeout (PT1M) is not greater than requestTimeout (PT1M30S), "
					+ "so requests under way would be taken for leaks. Raise the one or lower the other");
	}

	@Test
	void thePoolGivesUpOpeningAfterTheConnector() {
		PooledClient client = PooledClient.builder(SERVER, KEYS)
			.connectTimeout(Duration.ofSeconds(20))
			.requestTimeout(Duration.ofSeconds(15))
			.build();
		assertThat(client.pool(Lane.READ).options().openTimeout()).isGreaterThan(Duration.ofSeconds(35));
		client.close(Duration.ZERO).block();
	}

	@Test
	void aUrlWithAQueryIsRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> PooledClient.builder(URI.create("https://example.com/?apikey=made-up"), KEYS))
			.withMessageContaining("example.com has a query or a fragment")
			.withMessageNotContaining("made-up")
			.withMessageContaining("https://project.supabase.co");
	}

	@Test
	void aConnectionThatServesSeveralOperationsIsRefused() {
		PooledClientBuilder builder = PooledClient.builder(SERVER, KEYS)
			.lane(Lane.READ, (options) -> options.leasesPerConnection(2));
		assertThatIllegalArgumentException().isThrownBy(builder::build)
			.withMessageContaining("pool 'read': leasesPerConnection is 2");
	}

	@Test
	void aRestPathWithoutSlashIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> PooledClient.builder(SERVER, KEYS).restPath("rest/v1"))
			.withMessageContaining("the REST path 'rest/v1' does not begin with a slash");
	}

	@Test
	void lanesAreFoundByName() {
		assertThat(Lane.of(" Read ")).isEqualTo(Lane.READ);
		assertThatIllegalArgumentException().isThrownBy(() -> Lane.of("raed"))
			.withMessage("unknown lane 'raed'. Use 'read' or 'write'");
	}

	@Test
	void filtersThatApplyToNoStatementAreLoggedUnlessTheExchangeIsChosen() {
		assertThat(logOf((builder) -> builder.webClient(filtering()).propertyPrefix("db.pool"))).singleElement()
			.asString()
			.contains("pass none of the 1 filters", "Set db.pool.exchange to web-client");
		assertThat(logOf((builder) -> builder.webClient(filtering()).exchange(ExchangeMode.DIRECT))).isEmpty();
		assertThat(logOf((builder) -> builder.webClient(filtering()).exchange(ExchangeMode.WEB_CLIENT))).isEmpty();
		assertThat(logOf((builder) -> builder)).isEmpty();
	}

	private static WebClient.Builder filtering() {
		return WebClient.builder().filter((request, next) -> next.exchange(request));
	}

	private static List<String> logOf(UnaryOperator<PooledClientBuilder> settings) {
		Logger logger = (Logger) LoggerFactory.getLogger(PooledClient.class);
		Level level = logger.getLevel();
		logger.setLevel(Level.INFO);
		try (CapturedLog log = CapturedLog.of(PooledClient.class);
				PooledClient client = settings.apply(PooledClient.builder(SERVER, KEYS).name("logged")).build()) {
			assertThat(client.pool(Lane.READ)).isNotNull();
			return log.messagesWith("'logged'");
		}
		finally {
			logger.setLevel(level);
		}
	}

}
