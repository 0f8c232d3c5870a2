package dev.dbpool.postgrest;

import dev.dbpool.DockerTwin;
import dev.dbpool.embedded.ContainerPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

@DockerTwin
class ContainerPostgrestClientIntegrationTests extends PostgrestClientContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(() -> ContainerPostgrest.builder()
		.schemas("public", "shop")
		.script(PostgrestClientContract.SCRIPT)
		.start());

	ContainerPostgrestClientIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
