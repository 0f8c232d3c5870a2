package dev.dbpool.postgrest;

import dev.dbpool.DockerTwin;
import dev.dbpool.embedded.ContainerPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

@DockerTwin
class ContainerPostgrestQueryIntegrationTests extends PostgrestQueryContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = PostgrestExtension.of(() -> ContainerPostgrest.builder()
		.script(PostgrestQueryContract.SCRIPT)
		.postgrestSetting("db-aggregates-enabled", "true")
		.postgrestSetting("db-plan-enabled", "true")
		.postgrestSetting("db-tx-end", "commit-allow-override")
		.start());

	ContainerPostgrestQueryIntegrationTests(PostgrestServer server) {
		super(server);
	}

}
