package dev.dbpool.sample;

import java.io.PrintStream;
import java.util.List;

import dev.dbpool.embedded.PostgrestServer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Prints what to try. It goes to the standard output and not to the log, since on the
 * embedded stack the lines hold tokens.
 */
@Component
final class StartUpHints {

	private static final String FIRST_USER = "00000000-0000-4000-8000-000000000001";

	private final ObjectProvider<PostgrestServer> embedded;

	private final AdminToken adminToken;

	StartUpHints(ObjectProvider<PostgrestServer> embedded, AdminToken adminToken) {
		this.embedded = embedded;
		this.adminToken = adminToken;
	}

	@EventListener
	void print(ApplicationReadyEvent event) {
		print(System.out, baseUrl(event.getApplicationContext().getEnvironment()));
	}

	private void print(PrintStream out, String url) {
		PostgrestServer server = this.embedded.getIfAvailable();
		out.println();
		out.println(
				"The marketplace is open at " + url + "/ , its health at " + url + "/actuator/health/databasePool ,");
		out.println("the dashboard of its pool at " + url + "/actuator/pooldashboard");
		out.println((server != null) ? "Try these. Their tokens are good for the embedded database only:"
				: "Try these, with USER_TOKEN and ADMIN_TOKEN set in the shell:");
		out.println();
		curls(url, (server != null) ? server.userToken(FIRST_USER) : "$USER_TOKEN",
				this.adminToken.generated().orElse("$ADMIN_TOKEN"))
			.forEach(out::println);
		out.println();
	}

	private static List<String> curls(String url, String userToken, String adminToken) {
		return List.of("curl \"" + url + "/api/products?q=lamp&maxPrice=100&size=3\"",
				"curl -X POST -H \"Authorization: Bearer " + userToken
						+ "\" -H \"Content-Type: application/json\" -d '{\"productId\": 42, \"quantity\": 2}' " + url
						+ "/api/orders",
				"curl -H \"Authorization: Bearer " + adminToken + "\" " + url + "/api/admin/report");
	}

	private static String baseUrl(Environment environment) {
		String address = environment.getProperty("server.address", "127.0.0.1");
		return "http://" + (address.contains(":") ? "[" + address + "]" : address) + ":"
				+ environment.getRequiredProperty("local.server.port");
	}

}
