package dev.dbpool.postgrest;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.Failure.Execution;
import dev.dbpool.postgrest.error.Failure.Kind;
import dev.dbpool.postgrest.value.Row;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.TransientDataAccessResourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for the error of a real PostgREST whose pool has no connection free. Its only
 * connection also loads the schema, during which any request can get this error: no other
 * test can share the server.
 */
@Tag("long")
class PostgrestExhaustionIntegrationTests {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(EmbeddedPostgrest.builder()
		.schemas("public", "shop")
		.script(PostgrestClientIntegrationTests.SCRIPT)
		.postgrestSetting("db-pool", "1")
		.postgrestSetting("db-pool-acquisition-timeout", "1"));

	@Test
	void aPoolThatIsExhausted(PostgrestServer server) {
		BlockingPostgrestClient service = Stack.service(server).blocking();
		CompletableFuture<Void> nap = Stack.service(server).rpc("nap").arg("seconds", 3).execute().toFuture();
		DataAccessException error = Awaitility.await()
			.until(() -> catchThrowableOfType(DataAccessException.class,
					() -> service.from("owners").select().list(Row.class)), (caught) -> caught != null);
		assertThat(error).isInstanceOf(TransientDataAccessResourceException.class);
		assertThat(Failure.of(error).kind()).isEqualTo(Kind.OVERLOAD);
		assertThat(Failure.of(error).execution()).isEqualTo(Execution.NOT_RUN);
		assertThat(Failure.of(error).maxRetries()).isEqualTo(2);
		assertThat(nap).succeedsWithin(Duration.ofSeconds(10));
	}

}
