package dev.dbpool.postgrest;

import dev.dbpool.DockerTwin;
import dev.dbpool.embedded.ContainerPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

@DockerTwin
class ContainerPostgrestErrorsIntegrationTests extends PostgrestErrorsContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(() -> ContainerPostgrest.builder()
		.schemas("public", "shop")
		.script(PostgrestClientContract.SCRIPT)
		.postgrestSetting("db-pool", "1")
		.postgrestSetting("db-pool-acquisition-timeout", "1")
		.start());

	ContainerPostgrestErrorsIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
