package dev.dbpool.client;

import dev.dbpool.embedded.PostgrestServer;
import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class EmbeddedTransactionSafetyIntegrationTests extends TransactionSafetyContract {

	@RegisterExtension
	static final PostgrestExtension postgrest = embedded();

	@Override
	PostgrestServer server() {
		return postgrest.server();
	}

}
