package dev.dbpool.embedded;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

@DockerTwin
class ContainerServerControlIntegrationTests extends ServerControlContract {

	@RegisterExtension
	static final PostgrestExtension extension = PostgrestExtension
		.of(() -> describe(ContainerPostgrest.builder()).start());

	ContainerServerControlIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
