package dev.dbpool.postgrest;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedPostgrestQueryIntegrationTests extends PostgrestQueryContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(EmbeddedPostgrest.builder()
		.script(PostgrestQueryContract.SCRIPT)
		.postgrestSetting("db-aggregates-enabled", "true")
		.postgrestSetting("db-plan-enabled", "true")
		.postgrestSetting("db-tx-end", "commit-allow-override"));

	EmbeddedPostgrestQueryIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
