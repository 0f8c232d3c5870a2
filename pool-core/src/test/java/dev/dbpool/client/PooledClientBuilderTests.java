package dev.dbpool.client;

import java.net.URI;
import java.time.Duration;

import org.junit.jupiter.api.Test;

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

}
