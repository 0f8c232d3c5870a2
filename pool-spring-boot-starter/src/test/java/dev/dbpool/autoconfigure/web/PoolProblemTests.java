package dev.dbpool.autoconfigure.web;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import dev.dbpool.autoconfigure.resilience.AdmissionRefusedException;
import dev.dbpool.client.ApiKeys;
import dev.dbpool.client.Identity;
import dev.dbpool.client.Lane;
import dev.dbpool.client.Operation;
import dev.dbpool.client.OperationFailure;
import dev.dbpool.client.OperationInterceptor;
import dev.dbpool.client.PooledClient;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.value.UnstorableTextException;
import jakarta.servlet.ServletException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.Mockito;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

/**
 * Failures of a pool become problem details in Spring MVC and in Spring WebFlux.
 */
@Tag("slow")
class PoolProblemTests {

	private static final String SECRET = "Key (email)=(ada@example.org)";

	private final AtomicReference<DataAccessException> failure = new AtomicReference<>();

	private final PooledClient client = PooledClient
		.builder(URI.create("http://localhost:1"), ApiKeys.withoutAnonKey(null))
		.lane(Lane.READ, (options) -> options.minConnections(0))
		.lane(Lane.WRITE, (options) -> options.minConnections(0))
		.interceptor(new Failing())
		.build();

	private final MockMvc mvc = mvc(true);

	private MockMvc mvc(boolean enabled) {
		return MockMvcBuilders.standaloneSetup(new Items())
			.setControllerAdvice(new PoolFailureAdvice((pool) -> enabled && pool.equals("default")))
			.build();
	}

	@AfterEach
	void close() {
		this.client.close(Duration.ZERO).block();
	}

	static List<Arguments> failures() {
		return List.of(arguments(new TransientDataAccessResourceException(SECRET), 503, "1"),
				arguments(new DataAccessResourceFailureException(SECRET), 503, "1"),
				arguments(new NonTransientDataAccessResourceException(SECRET), 503, "1"),
				arguments(new QueryTimeoutException(SECRET), 504, null),
				arguments(new DuplicateKeyException(SECRET), 409, null),
				arguments(new CannotAcquireLockException(SECRET), 409, null),
				arguments(new DataIntegrityViolationException(SECRET), 422, null),
				arguments(new PermissionDeniedDataAccessException(SECRET, null), 403, null),
				arguments(new EmptyResultDataAccessException(SECRET, 1), 404, null),
				arguments(new InvalidDataAccessApiUsageException(SECRET), 500, null));
	}

	@ParameterizedTest
	@MethodSource("failures")
	void failureOfThePoolIsAProblemDetailInMvc(DataAccessException failure, int status, String retryAfter)
			throws Exception {
		this.failure.set(failure);
		this.mvc.perform(get("/items"))
			.andExpect(status().is(status))
			.andExpect(content().contentTypeCompatibleWith(MediaType.APPLICATION_PROBLEM_JSON))
			.andExpect((retryAfter != null) ? header().string("Retry-After", retryAfter)
					: header().doesNotExist("Retry-After"))
			.andExpect(content().string(not(containsString("ada@example.org"))));
	}

	@ParameterizedTest
	@MethodSource("failures")
	void failureOfThePoolIsAProblemDetailInWebFlux(DataAccessException failure, int status, String retryAfter) {
		this.failure.set(failure);
		WebTestClient.bindToController(new ReactiveItems())
			.controllerAdvice(new PoolFailureAdvice((pool) -> true))
			.build()
			.get()
			.uri("/items")
			.exchange()
			.expectStatus()
			.isEqualTo(status)
			.expectHeader()
			.contentTypeCompatibleWith(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody(String.class)
			.consumeWith((answer) -> assertThat(answer.getResponseBody()).doesNotContain("ada@example.org"));
	}

	@ParameterizedTest
	@CsvSource({ "true, 429", "false, 503" })
	void refusalOfAKeyIsThatOfItsOwner(boolean keyed, int status) {
		AdmissionRefusedException refused = Mockito.mock(AdmissionRefusedException.class);
		Mockito.when(refused.isKeyed()).thenReturn(keyed);
		Mockito.when(refused.retryAfter()).thenReturn(Duration.ofSeconds(7));
		PoolProblem problem = PoolProblem.of(refused, Mockito.mock(OperationFailure.class, Mockito.RETURNS_DEEP_STUBS));
		assertThat(problem.status().value()).isEqualTo(status);
		assertThat(problem.retryAfter()).contains(Duration.ofSeconds(7));
	}

	@ParameterizedTest
	@CsvSource({ "USER, AUTHENTICATION, 401, PGRST301, 401", "USER, AUTHENTICATION, 401, , 401",
			"USER, AUTHENTICATION, , , 500", "ANON, AUTHENTICATION, 401, PGRST301, 500",
			"SERVICE, AUTHENTICATION, 401, PGRST301, 500", "USER, CREDENTIALS_MISSING, 401, PGRST302, 401",
			"ANON, CREDENTIALS_MISSING, 401, PGRST302, 401", "SERVICE, CREDENTIALS_MISSING, 401, PGRST302, 500",
			"USER, CREDENTIALS_MISSING, 401, , 500", "ANON, CREDENTIALS_MISSING, 401, , 500",
			"USER, PERMISSION, 403, 42501, 403", "ANON, PERMISSION, 403, 42501, 403" })
	void aKeyOfTheApplicationThatIsRefusedIsNoFaultOfItsClient(Identity.Kind identity, Failure.Kind kind,
			Integer answered, String code, int status) {
		PostgrestException refused = Mockito.mock(PostgrestException.class, Mockito.RETURNS_DEEP_STUBS);
		Mockito.when(refused.failure().kind()).thenReturn(kind);
		OperationFailure operation = Mockito.mock(OperationFailure.class, Mockito.RETURNS_DEEP_STUBS);
		Mockito.when(operation.identity()).thenReturn(identity);
		Mockito.when(operation.error().status()).thenReturn(Optional.ofNullable(answered).map(HttpStatusCode::valueOf));
		Mockito.when(operation.error().code()).thenReturn(Optional.ofNullable(code));
		PoolProblem problem = PoolProblem.of(new PermissionDeniedDataAccessException(SECRET, refused), operation);
		assertThat(problem.status().value()).isEqualTo(status);
	}

	@Test
	void aCharacterThatCannotBeStoredIsABadRequest() throws Exception {
		this.mvc.perform(get("/search"))
			.andExpect(status().isBadRequest())
			.andExpect(content().contentTypeCompatibleWith(MediaType.APPLICATION_PROBLEM_JSON));
		assertThatExceptionOfType(ServletException.class).isThrownBy(() -> mvc(false).perform(get("/search")))
			.withRootCauseInstanceOf(UnstorableTextException.class);
	}

	@Test
	void failureOfOtherDataAccessIsLeftAlone() {
		assertThatExceptionOfType(ServletException.class).isThrownBy(() -> this.mvc.perform(get("/jdbc")))
			.withRootCauseInstanceOf(DuplicateKeyException.class);
	}

	@Test
	void poolWhoseProblemDetailsAreDisabledIsLeftAlone() {
		this.failure.set(new DuplicateKeyException(SECRET));
		assertThatExceptionOfType(ServletException.class).isThrownBy(() -> mvc(false).perform(get("/items")))
			.withRootCauseInstanceOf(DuplicateKeyException.class);
	}

	@RestController
	final class Items {

		@GetMapping("/items")
		List<?> items() {
			return PoolProblemTests.this.client.blocking().from("items").select().list(Map.class);
		}

		@GetMapping("/search")
		List<?> search() {
			return PoolProblemTests.this.client.blocking().from("items").select().eq("name", "a\0b").list(Map.class);
		}

		@GetMapping("/jdbc")
		List<?> jdbc() {
			throw new DuplicateKeyException("of another data source");
		}

	}

	@RestController
	final class ReactiveItems {

		@GetMapping("/items")
		Mono<?> items() {
			return PoolProblemTests.this.client.from("items").select().list(Map.class);
		}

	}

	/**
	 * Fails each operation before it is sent.
	 */
	private final class Failing implements OperationInterceptor {

		@Override
		public <T> Publisher<T> intercept(Operation operation, Publisher<T> attempt) {
			return (attempt instanceof Mono) ? Mono.error(PoolProblemTests.this.failure::get)
					: Flux.error(PoolProblemTests.this.failure::get);
		}

	}

}
