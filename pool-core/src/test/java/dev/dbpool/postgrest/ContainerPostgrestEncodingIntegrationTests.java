package dev.dbpool.postgrest;

import dev.dbpool.DockerTwin;
import dev.dbpool.embedded.ContainerPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

@DockerTwin
class ContainerPostgrestEncodingIntegrationTests extends PostgrestWireContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension
		.of(() -> ContainerPostgrest.builder().schemas("public", SCHEMA).start());

	ContainerPostgrestEncodingIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
