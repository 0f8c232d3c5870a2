package dev.dbpool.client;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedHttpClientsIntegrationTests extends HttpClientsContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension
		.of(EmbeddedPostgrest.builder().script(ClientTestSupport.SCRIPT));

	@Override
	PostgrestServer server() {
		return postgrest.server();
	}

}
