package dev.dbpool.sample;

import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * DEMO ONLY: signs anyone in as anyone, without a password. It works on the embedded
 * stack alone, whose data is made up; on any other, users sign in to Supabase.
 */
@RestController
@RequestMapping("/demo")
final class DemoController {

	private static final int SHOWN_USERS = 10;

	private final PooledClient client;

	private final ObjectProvider<PostgrestServer> embedded;

	DemoController(PooledClient client, ObjectProvider<PostgrestServer> embedded) {
		this.client = client;
		this.embedded = embedded;
	}

	@GetMapping("/users")
	Flux<DemoUser> users() {
		server();
		return this.client.asService()
			.named("GET /demo/users")
			.from("users")
			.select(DemoUser.COLUMNS)
			.isNotNull("handle")
			.order("id")
			.limit(SHOWN_USERS)
			.stream(DemoUser.class);
	}

	@PostMapping("/sign-in")
	Mono<SignedIn> signIn(@RequestParam String user) {
		PostgrestServer server = server();
		return this.client.asService()
			.named("POST /demo/sign-in")
			.from("users")
			.select(DemoUser.COLUMNS)
			.eq("handle", user)
			.maybeSingle(DemoUser.class)
			.map((found) -> new SignedIn(found, server.userToken(found.id())))
			.switchIfEmpty(Mono
				.error(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no user with this handle.")));
	}

	private PostgrestServer server() {
		PostgrestServer server = this.embedded.getIfAvailable();
		if (server == null) {
			throw new ResponseStatusException(HttpStatus.NOT_FOUND,
					"The demo sign-in is there on the embedded stack only. Sign in to Supabase.");
		}
		return server;
	}

	record DemoUser(String id, String handle, String name) {

		static final String COLUMNS = "id, handle, name";

	}

	/**
	 * A user and a token, which is left out of {@code toString}.
	 */
	record SignedIn(DemoUser user, String token) {

		@Override
		public String toString() {
			return "SignedIn[" + this.user + "]";
		}

	}

}
