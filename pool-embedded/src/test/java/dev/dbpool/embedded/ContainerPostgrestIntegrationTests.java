package dev.dbpool.embedded;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

@DockerTwin
class ContainerPostgrestIntegrationTests extends PostgrestServerContract {

	@RegisterExtension
	static final PostgrestExtension extension = PostgrestExtension
		.of(() -> describe(ContainerPostgrest.builder()).start());

	ContainerPostgrestIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
