package dev.dbpool.autoconfigure.embedded;

import java.net.URI;

import dev.dbpool.autoconfigure.DatabasePoolConnectionDetails;
import dev.dbpool.embedded.PostgrestServer;

/**
 * The connection to an embedded server.
 */
final class EmbeddedConnectionDetails implements DatabasePoolConnectionDetails {

	private final PostgrestServer server;

	EmbeddedConnectionDetails(PostgrestServer server) {
		this.server = server;
	}

	@Override
	public URI getUrl() {
		return this.server.url();
	}

	@Override
	public String getRestPath() {
		return "/";
	}

	@Override
	public String getAnonKey() {
		return this.server.anonKey();
	}

	@Override
	public String getServiceRoleKey() {
		return this.server.serviceKey();
	}

	@Override
	public URI getAdminUrl() {
		return this.server.adminUrl();
	}

}
