package dev.dbpool.postgrest;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedPostgrestEncodingIntegrationTests extends PostgrestEncodingContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(EmbeddedPostgrest.builder());

	EmbeddedPostgrestEncodingIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
