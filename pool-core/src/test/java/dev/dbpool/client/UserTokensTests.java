package dev.dbpool.client;

import java.net.URI;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.observation.ObservationRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(30)
class UserTokensTests {

	@Test
	void operationsWhoseSameTokenWasRefusedAskOnceTogether() {
		Sinks.One<String> fresh = Sinks.one();
		List<Optional<String>> questions = new ArrayList<>();
		UserTokens tokens = new UserTokens((refused) -> {
			questions.add(refused);
			return fresh.asMono();
		});
		List<String> answers = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			tokens.insteadOf("old").subscribe(answers::add);
		}
		fresh.tryEmitValue("new");
		assertThat(answers).hasSize(5).containsOnly("new");
		assertThat(questions).containsExactly(Optional.of("old"));
	}

	@Test
	void theViewsOfAClientShareTheTokensOfASource() {
		URI url = URI.create("http://127.0.0.1:9");
		ApiKeys keys = ApiKeys.withoutAnonKey(null);
		ClientCore core = new ClientCore(
				new ClientCore.Server(url, url, WebClient.builder(), true, new SettingNames(null)),
				new Lanes(Map.of(), LaneSharing.NONE, 1), null, Credentials.of(keys, Identity.ANON),
				new ClientCore.Instrumentation("default", List.of(), List.of(), (subscriber) -> Optional.empty(),
						ObservationRegistry.NOOP, false),
				Batching.DISABLED);
		TokenSource source = new EqualSource("a");
		UserTokens tokens = core.tokensOf(source);
		assertThat(core.tokensOf(source)).isSameAs(tokens);
		assertThat(core.tokensOf(new EqualSource("b"))).isNotSameAs(tokens);
		assertThat(core.tokensOf(source)).isSameAs(tokens);
	}

	@Test
	void anOperationThatGivesUpDoesNotTakeTheAnswerFromTheOthers() {
		Sinks.One<String> fresh = Sinks.one();
		UserTokens tokens = new UserTokens((refused) -> fresh.asMono());
		List<String> answers = new ArrayList<>();
		tokens.insteadOf("old").subscribe(answers::add).dispose();
		tokens.insteadOf("old").subscribe(answers::add);
		fresh.tryEmitValue("new");
		assertThat(answers).containsExactly("new");
	}

	@Test
	void theRefusedTokenIsNoAnswer() {
		UserTokens tokens = new UserTokens((refused) -> Mono.just("old"));
		StepVerifier.create(tokens.insteadOf("old")).verifyComplete();
	}

	@Test
	void usersWithDifferentTokensAreNeverMixed() {
		UserTokens tokens = new UserTokens((refused) -> Mono.just("instead-of-" + refused.orElseThrow()));
		StepVerifier.create(tokens.insteadOf("a")).expectNext("instead-of-a").verifyComplete();
		StepVerifier.create(tokens.insteadOf("b")).expectNext("instead-of-b").verifyComplete();
	}

	@Test
	void aBlankTokenIsAnErrorOfTheSource() {
		StepVerifier.create(new UserTokens((refused) -> Mono.just(" ")).token())
			.verifyErrorSatisfies(
					(failure) -> assertThat(failure).isInstanceOf(InvalidDataAccessApiUsageException.class)
						.hasMessageContaining("the user's token is blank"));
	}

	@Test
	void aSourceThatFailsIsADataAccessException() {
		StepVerifier.create(new UserTokens((refused) -> {
			throw new IllegalStateException("signed out");
		}).token())
			.verifyErrorSatisfies(
					(failure) -> assertThat(failure).isInstanceOf(PermissionDeniedDataAccessException.class)
						.hasMessageContaining("signed out"));
	}

	@Test
	void aKeptTokenIsSharedUntilItIsRefused() {
		AtomicInteger signIns = new AtomicInteger();
		TokenSource source = TokenSource.keeping(Mono.fromSupplier(() -> "token-" + signIns.incrementAndGet()));
		assertThat(source.token(Optional.empty()).block()).isEqualTo("token-1");
		assertThat(source.token(Optional.empty()).block()).isEqualTo("token-1");
		assertThat(source.token(Optional.of("token-1")).block()).isEqualTo("token-2");
		assertThat(source.token(Optional.of("token-1")).block()).isEqualTo("token-2");
	}

	@Test
	void aSignInThatFailsIsTriedAgain() {
		AtomicInteger signIns = new AtomicInteger();
		TokenSource source = TokenSource.keeping(Mono.defer(() -> (signIns.incrementAndGet() == 1)
				? Mono.error(new IllegalStateException("down")) : Mono.just("token")));
		StepVerifier.create(source.token(Optional.empty())).verifyErrorMessage("down");
		assertThat(source.token(Optional.empty()).block(Duration.ofSeconds(5))).isEqualTo("token");
	}

	@Test
	void aBlankTokenIsNotKept() {
		AtomicInteger signIns = new AtomicInteger();
		UserTokens tokens = new UserTokens(
				TokenSource.keeping(Mono.fromSupplier(() -> (signIns.incrementAndGet() == 1) ? " " : "token")));
		StepVerifier.create(tokens.token()).verifyError(InvalidDataAccessApiUsageException.class);
		StepVerifier.create(tokens.token()).expectNext("token").verifyComplete();
	}

	@Test
	void aSignInThatNeverEndsIsForgotten() {
		AtomicInteger signIns = new AtomicInteger();
		UserTokens tokens = new UserTokens(new CachingTokenSource(
				Mono.defer(() -> (signIns.incrementAndGet() == 1) ? Mono.never() : Mono.just("token")),
				Duration.ofMillis(50)));
		StepVerifier.create(tokens.token()).verifyError(TransientDataAccessResourceException.class);
		StepVerifier.create(tokens.token()).expectNext("token").verifyComplete();
	}

	@Test
	void aQuestionThatIsNeverAnsweredIsForgotten() {
		AtomicInteger questions = new AtomicInteger();
		UserTokens tokens = new UserTokens(
				(refused) -> (questions.incrementAndGet() == 1) ? Mono.never() : Mono.just("new"),
				Duration.ofMillis(50));
		StepVerifier.create(tokens.insteadOf("old")).verifyError(TransientDataAccessResourceException.class);
		Awaitility.await().until(() -> "new".equals(tokens.insteadOf("old").onErrorComplete().block()));
	}

	@Test
	void eachOperationFailsWithItsOwnExceptionForASharedFailure() {
		DataAccessException shared = new TransientDataAccessResourceException("down");
		OperationFailure.addTo(shared,
				new Operation("default", "POST /sign-in", Lane.WRITE, Identity.Kind.ANON, Operation.Limits.NONE), 4,
				true);
		Sinks.One<String> fresh = Sinks.one();
		UserTokens tokens = new UserTokens((refused) -> fresh.asMono());
		List<Throwable> failures = new ArrayList<>();
		for (String name : List.of("GET /a", "GET /b")) {
			Operation operation = new Operation("default", name, Lane.READ, Identity.Kind.USER, Operation.Limits.NONE);
			tokens.insteadOf("old").subscribe((token) -> {
			}, (failure) -> {
				OperationFailure.addTo(failure, operation, 1, false);
				failures.add(failure);
			});
		}
		fresh.tryEmitError(shared);
		assertThat(failures).hasSize(2)
			.allSatisfy((failure) -> assertThat(failure).isInstanceOf(TransientDataAccessResourceException.class)
				.hasRootCause(shared))
			.extracting((failure) -> OperationFailure.in(failure).orElseThrow())
			.extracting(OperationFailure::operation)
			.containsExactly("GET /a", "GET /b");
	}

	/**
	 * Equal to all others of its kind.
	 */
	private record EqualSource(String token) implements TokenSource {

		@Override
		public Mono<String> token(Optional<String> refused) {
			return Mono.just(this.token);
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof EqualSource;
		}

		@Override
		public int hashCode() {
			return 1;
		}

	}

}
