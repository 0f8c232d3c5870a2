package dev.dbpool.postgrest;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedPostgrestErrorsIntegrationTests extends PostgrestErrorsContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(EmbeddedPostgrest.builder()
		.schemas("public", "shop")
		.script(PostgrestClientContract.SCRIPT)
		.postgrestSetting("db-pool", "1")
		.postgrestSetting("db-pool-acquisition-timeout", "1"));

	EmbeddedPostgrestErrorsIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
