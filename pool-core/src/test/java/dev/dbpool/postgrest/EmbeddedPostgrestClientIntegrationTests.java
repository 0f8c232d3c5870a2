package dev.dbpool.postgrest;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedPostgrestClientIntegrationTests extends PostgrestClientContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension
		.of(EmbeddedPostgrest.builder().schemas("public", "shop").script(PostgrestClientContract.SCRIPT));

	EmbeddedPostgrestClientIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
