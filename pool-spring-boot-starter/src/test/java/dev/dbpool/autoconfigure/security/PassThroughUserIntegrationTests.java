package dev.dbpool.autoconfigure.security;

import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;
import dev.dbpool.autoconfigure.TestServers;
import dev.dbpool.client.Identity;
import dev.dbpool.client.OperationListener;
import dev.dbpool.client.PooledClient;
import dev.dbpool.embedded.PostgrestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.AbstractApplicationContextRunner;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PassThroughUserIntegrationTests {

	private static final String USER = "00000000-0000-0000-0000-00000000000a";

	private final PostgrestServer server = TestServers.running();

	private final ApplicationContextRunner threadBound = configured(new ApplicationContextRunner());

	private final ReactiveWebApplicationContextRunner reactive = configured(new ReactiveWebApplicationContextRunner());

	private <R extends AbstractApplicationContextRunner<R, ?, ?>> R configured(R runner) {
		return runner
			.withConfiguration(AutoConfigurations.of(DatabasePoolAutoConfiguration.class,
					WebClientAutoConfiguration.class, DatabasePoolSecurityAutoConfiguration.class))
			.withUserConfiguration(Recording.class)
			.withPropertyValues("db.pool.url=" + this.server.url(), "db.pool.rest-path=/",
					"db.pool.anon-key=" + this.server.anonKey(), "db.pool.min-connections=0");
	}

	@AfterEach
	void signOut() {
		SecurityContextHolder.clearContext();
	}

	@Test
	void offUnlessAskedFor() {
		this.threadBound.run((context) -> {
			SecurityContextHolder.getContext().setAuthentication(user());
			assertThat(identities(context.getBean(PooledClient.class), context.getBean(Recorder.class)))
				.containsExactly(Identity.Kind.ANON);
		});
	}

	@Test
	void aBlockingCallActsAsTheUserOfItsThread() {
		this.threadBound.withPropertyValues("db.pool.pass-through-user=true").run((context) -> {
			PooledClient client = context.getBean(PooledClient.class);
			Recorder recorder = context.getBean(Recorder.class);
			SecurityContextHolder.getContext().setAuthentication(user());
			assertThat(identities(client, recorder)).containsExactly(Identity.Kind.USER);
			assertThat(identities(client.asAnon(), recorder)).containsExactly(Identity.Kind.ANON);
			SecurityContextHolder.clearContext();
			assertThat(identities(client, recorder)).containsExactly(Identity.Kind.ANON);
			SecurityContextHolder.getContext().setAuthentication(anonymous());
			assertThat(identities(client, recorder)).containsExactly(Identity.Kind.ANON);
		});
	}

	@Test
	void aWorkerOfASchedulerIsNeverAskedForItsUser() {
		this.threadBound.withPropertyValues("db.pool.pass-through-user=true").run((context) -> {
			PooledClient client = context.getBean(PooledClient.class);
			Mono<Long> count = Mono.fromCallable(() -> {
				SecurityContextHolder.getContext().setAuthentication(user());
				try {
					return client.blocking().from("items").select("*").count();
				}
				finally {
					SecurityContextHolder.clearContext();
				}
			}).subscribeOn(Schedulers.boundedElastic());
			assertThatExceptionOfType(InvalidDataAccessApiUsageException.class).isThrownBy(count::block)
				.withMessageContaining("serves many users");
		});
	}

	@Test
	void anOperationThatBeginsOnAnEventLoopIsNotTakenForAnonymous() {
		this.threadBound.withPropertyValues("db.pool.pass-through-user=true").run((context) -> {
			PooledClient client = context.getBean(PooledClient.class);
			Recorder recorder = context.getBean(Recorder.class);
			Mono<Long> count = client.from("items").select("*").count();
			SecurityContextHolder.getContext().setAuthentication(user());
			assertThatExceptionOfType(InvalidDataAccessApiUsageException.class).isThrownBy(count.then(count)::block)
				.withMessageContaining("asAnon()");
			recorder.take();
			client.asAnon()
				.from("items")
				.select("*")
				.count()
				.then(client.asAnon().from("items").select("*").count())
				.block();
			assertThat(recorder.take()).containsExactly(Identity.Kind.ANON, Identity.Kind.ANON);
			count.then(count).contextWrite(ReactiveSecurityContextHolder.withAuthentication(user())).block();
			assertThat(recorder.take()).containsExactly(Identity.Kind.USER, Identity.Kind.USER);
		});
	}

	@Test
	void theUserOfARequestIsThatOfTheWholeChain() {
		this.threadBound.withPropertyValues("db.pool.pass-through-user=true").run((context) -> {
			Mono<Long> count = context.getBean(PooledClient.class).from("items").select("*").count();
			SecurityContextHolder.getContext().setAuthentication(user());
			count.then(count)
				.contextWrite((subscriber) -> subscriber.put(SignedInUser.REQUEST_ATTRIBUTES, new RequestAttributes()))
				.block();
			assertThat(context.getBean(Recorder.class).take()).containsExactly(Identity.Kind.USER, Identity.Kind.USER);
		});
	}

	@Test
	void aWorkerIsNotAskedByWayOfTheRequestEither() {
		this.threadBound.withPropertyValues("db.pool.pass-through-user=true").run((context) -> {
			Mono<Long> count = context.getBean(PooledClient.class).from("items").select("*").count();
			Mono<Long> onWorker = Mono.fromRunnable(() -> SecurityContextHolder.getContext().setAuthentication(user()))
				.then(count)
				.doFinally((signal) -> SecurityContextHolder.clearContext())
				.subscribeOn(Schedulers.boundedElastic())
				.contextWrite((subscriber) -> subscriber.put(SignedInUser.REQUEST_ATTRIBUTES, new RequestAttributes()));
			assertThatExceptionOfType(InvalidDataAccessApiUsageException.class).isThrownBy(onWorker::block)
				.withMessageContaining("serves many users");
		});
	}

	@Test
	void threadsThatInheritUsersAreNeverAsked() {
		SecurityContextHolder.setStrategyName(SecurityContextHolder.MODE_INHERITABLETHREADLOCAL);
		try {
			this.threadBound.withPropertyValues("db.pool.pass-through-user=true").run((context) -> {
				SecurityContextHolder.getContext().setAuthentication(user());
				assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
					.isThrownBy(() -> context.getBean(PooledClient.class).blocking().from("items").select("*").count())
					.withMessageContaining("MODE_INHERITABLETHREADLOCAL");
			});
		}
		finally {
			SecurityContextHolder.setStrategyName(SecurityContextHolder.MODE_THREADLOCAL);
		}
	}

	@Test
	void aReactiveCallActsAsTheUserOfItsSubscriber() {
		this.reactive.withPropertyValues("db.pool.pass-through-user=true").run((context) -> {
			PooledClient client = context.getBean(PooledClient.class);
			Recorder recorder = context.getBean(Recorder.class);
			Mono<Long> count = client.from("items").select("*").count();
			count.publishOn(Schedulers.parallel())
				.then(count)
				.contextWrite(ReactiveSecurityContextHolder.withAuthentication(user()))
				.block();
			assertThat(recorder.take()).containsExactly(Identity.Kind.USER, Identity.Kind.USER);
			SecurityContextHolder.getContext().setAuthentication(user());
			assertThat(identities(client, recorder)).containsExactly(Identity.Kind.ANON);
		});
	}

	@Test
	void aUserWithoutAJwtIsAnError() {
		this.threadBound.withPropertyValues("db.pool.pass-through-user=true").run((context) -> {
			SecurityContextHolder.getContext()
				.setAuthentication(UsernamePasswordAuthenticationToken.authenticated("other", "password", List.of()));
			assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
				.isThrownBy(() -> context.getBean(PooledClient.class).blocking().from("items").select("*").count())
				.withMessageContaining("UsernamePasswordAuthenticationToken")
				.withMessageNotContaining("password\"");
		});
	}

	@Test
	void withoutSpringSecurityItIsRefusedAtStart() {
		FilteredClassLoader without = new FilteredClassLoader("org.springframework.security");
		this.threadBound.withPropertyValues("db.pool.pass-through-user=true")
			.withClassLoader(without)
			.run((context) -> assertThat(context).getFailure()
				.hasRootCauseMessage("db.pool.pass-through-user is set, but there is no JWT of Spring Security on the "
						+ "class path, so that all callers would be anonymous. Add spring-security-oauth2-jose, which "
						+ "spring-boot-starter-security-oauth2-resource-server brings, or leave the property out."));
		this.threadBound.withClassLoader(without).run((context) -> assertThat(context).hasNotFailed());
	}

	private static List<Identity.Kind> identities(PooledClient client, Recorder recorder) {
		client.blocking().from("items").select("*").count();
		return recorder.take();
	}

	private Authentication user() {
		Jwt jwt = Jwt.withTokenValue(this.server.userToken(USER)).header("alg", "HS256").subject(USER).build();
		return new JwtAuthenticationToken(jwt, AuthorityUtils.NO_AUTHORITIES);
	}

	private static Authentication anonymous() {
		return new AnonymousAuthenticationToken("key", "anonymous", AuthorityUtils.createAuthorityList("ANONYMOUS"));
	}

	/**
	 * As in servlet applications with Spring Security: asks the thread at its first use.
	 */
	private static final class RequestAttributes extends AbstractMap<Object, Object> {

		private final Map<Object, Object> known = new ConcurrentHashMap<>();

		@Override
		public Object get(Object key) {
			return this.known.computeIfAbsent(key, (unknown) -> SecurityContextHolder.getContext().getAuthentication());
		}

		@Override
		public Set<Entry<Object, Object>> entrySet() {
			return this.known.entrySet();
		}

		@Override
		public boolean isEmpty() {
			return false;
		}

	}

	static final class Recorder {

		private final List<Identity.Kind> identities = new ArrayList<>();

		synchronized void add(Identity.Kind identity) {
			this.identities.add(identity);
		}

		synchronized List<Identity.Kind> take() {
			List<Identity.Kind> taken = List.copyOf(this.identities);
			this.identities.clear();
			return taken;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Recording {

		@Bean
		Recorder recorder() {
			return new Recorder();
		}

		@Bean
		OperationListener identityListener(Recorder recorder) {
			return (outcome) -> recorder.add(outcome.operation().identity());
		}

	}

}
