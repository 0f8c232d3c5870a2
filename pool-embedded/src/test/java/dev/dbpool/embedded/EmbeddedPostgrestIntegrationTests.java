package dev.dbpool.embedded;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedPostgrestIntegrationTests extends PostgrestServerContract {

	@RegisterExtension
	static final PostgrestExtension extension = PostgrestExtension.of(describe(EmbeddedPostgrest.builder()));

	EmbeddedPostgrestIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
