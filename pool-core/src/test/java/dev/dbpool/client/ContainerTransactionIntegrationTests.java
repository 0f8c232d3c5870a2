package dev.dbpool.client;

import dev.dbpool.DockerTwin;
import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

@DockerTwin
class ContainerTransactionIntegrationTests extends TransactionContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = container();

	@Override
	PostgrestServer server() {
		return postgrest.server();
	}

}
