package dev.dbpool.postgrest;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedPostgrestEncodingIntegrationTests extends PostgrestWireContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension
		.of(EmbeddedPostgrest.builder().schemas("public", SCHEMA));

	EmbeddedPostgrestEncodingIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
