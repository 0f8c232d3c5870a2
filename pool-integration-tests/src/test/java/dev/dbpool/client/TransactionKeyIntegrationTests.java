package dev.dbpool.client;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionScope;
import org.assertj.core.api.AbstractLongAssert;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.dao.PermissionDeniedDataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What idempotency keys promise, on a real server: once, for whom, and for how long.
 */
class TransactionKeyIntegrationTests extends TransactionTestSupport {

	private static final String USER_B = "00000000-0000-0000-0000-00000000000b";

	private static final String USER_A = "00000000-0000-0000-0000-00000000000a";

	@Test
	void aKeyAppliesATransactionOnceAndReplaysItsAnswer() {
		PooledClient client = client();
		Mono<TransactionResult> transaction = client.transaction((tx) -> {
			tx.idempotencyKey("once-1");
			tx.from("sales").insert(Map.of("reference", "once"));
		});
		TransactionResult first = transaction.block();
		TransactionResult second = transaction.block();
		assertThat(first.replayed()).isFalse();
		assertThat(second.replayed()).isTrue();
		assertThat(second.rows(0, Sale.class)).isEqualTo(first.rows(0, Sale.class));
		assertThat(sales("once")).isEqualTo(1);
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(() -> client.transaction((tx) -> {
				tx.idempotencyKey("once-1");
				tx.from("sales").insert(Map.of("reference", "another"));
			}).block())
			.withMessageContaining("the idempotency key was used for another transaction");
		assertThat(sales("another")).isZero();
	}

	@Test
	void aKeyDoesNotAnswerForAnotherSchema() {
		PooledClient client = client();
		Consumer<TransactionScope> work = (tx) -> {
			tx.idempotencyKey("two schemas");
			tx.from("shelves").insert(Map.of("id", 1));
		};
		client.transaction(work).block();
		assertThatExceptionOfType(InvalidDataAccessApiUsageException.class)
			.isThrownBy(() -> client.schema("api").transaction(work).block())
			.withMessageContaining("the idempotency key was used for another transaction");
		assertThat(client.transaction(work).block().replayed()).isTrue();
		assertThat(number("select count(*) from api.shelves")).isZero();
	}

	@Test
	void transactionThatChangesItsIdentityIsUndoneAndKeepsNoAnswer() {
		assertThatExceptionOfType(PermissionDeniedDataAccessException.class)
			.isThrownBy(() -> client().transaction((tx) -> {
				tx.from("sales").insert(Map.of("reference", "changed claims"));
				tx.rpc("claim").arg("sub", "other");
			}).block())
			.withMessageContaining("an operation changed who calls");
		assertThat(sales("changed claims")).isZero();
	}

	@Test
	void aFailedTransactionLeavesItsKeyFree() {
		PooledClient client = client();
		Mono<TransactionResult> transaction = client.transaction((tx) -> {
			tx.idempotencyKey("free-1");
			tx.from("articles").update().increment("stock", -1).eq("name", "free").expect(1);
		});
		assertThatExceptionOfType(OptimisticLockingFailureException.class).isThrownBy(transaction::block);
		sql("insert into articles (name, stock) values ('free', 3)");
		assertThat(transaction.block().replayed()).isFalse();
		assertThat(transaction.block().replayed()).isTrue();
		assertThat(number("select stock from articles where name = 'free'")).isEqualTo(2);
	}

	@Test
	void aKeyBelongsToTheIdentityThatGaveIt() {
		PooledClient client = client();
		for (PooledClient caller : List.of(client, client.asUser(server().userToken(USER_A)),
				client.asUser(server().userToken(USER_B)), client.asService())) {
			TransactionResult result = caller.transaction((tx) -> {
				tx.idempotencyKey("shared-name");
				tx.from("sales").insert(Map.of("reference", "per owner"));
			}).block();
			assertThat(result.replayed()).isFalse();
		}
		assertThat(sales("per owner")).isEqualTo(4);
		assertThatVisibleAnswers("anon", "{\"iss\":\"dbpool-embedded\",\"role\":\"anon\"}").isEqualTo(1);
		assertThatVisibleAnswers("authenticated", "{\"sub\":\"" + USER_A + "\"}").isEqualTo(1);
		assertThatVisibleAnswers("authenticated", "{\"sub\":\"unknown\"}").isZero();
	}

	@Test
	void withoutASubjectAKeyBelongsToTheClaimsOfTheToken() throws SQLException {
		assertThat(replayed("{\"role\": \"authenticated\", \"email\": \"a@example.org\", \"exp\": 1}")).isFalse();
		assertThat(replayed("{\"role\": \"authenticated\", \"email\": \"b@example.org\", \"exp\": 1}")).isFalse();
		assertThat(replayed("{\"email\": \"a@example.org\", \"role\": \"authenticated\", \"sub\": \"\", \"exp\": 1}"))
			.isFalse();
		assertThat(replayed(
				"{\"email\": \"a@example.org\", \"role\": \"authenticated\", \"exp\": 2, \"iat\": 1, \"jti\": \"x\"}"))
			.isTrue();
	}

	private boolean replayed(String claims) throws SQLException {
		try (Connection connection = server().openJdbcConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("set request.jwt.claims = '" + claims + "'; set role authenticated");
			try (var rows = statement
				.executeQuery("select dbpool_transaction('[{\"op\": \"insert\", \"table\": \"sales\","
						+ " \"rows\": [{\"reference\": \"no subject\"}]}]', '{\"key\": \"no subject\"}') ->> 'replayed'")) {
				rows.next();
				return rows.getBoolean(1);
			}
		}
	}

	@Test
	void aKeyThatIsPurgedInTheMeantimeIsNotTakenForAnother() {
		sql("create function purge_at_once() returns trigger language plpgsql security definer as"
				+ " $$ begin delete from dbpool.kept_answer where key = 'purged immediately' and answer is not null;"
				+ " return null; end $$;"
				+ " create trigger purge_at_once after insert on dbpool.kept_answer execute function purge_at_once()");
		Mono<TransactionResult> transaction = client().transaction((tx) -> {
			tx.idempotencyKey("purged immediately");
			tx.from("sales").insert(Map.of("reference", "purged immediately"));
		});
		assertThat(transaction.block().replayed()).isFalse();
		assertThat(transaction.block().replayed()).isFalse();
		assertThat(sales("purged immediately")).isEqualTo(2);
		sql("drop trigger purge_at_once on dbpool.kept_answer");
	}

	private AbstractLongAssert<?> assertThatVisibleAnswers(String role, String claims) {
		try (Connection connection = server().openJdbcConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("set request.jwt.claims = '" + claims + "'");
			statement.execute("set role " + role);
			try (var rows = statement
				.executeQuery("select count(*) from dbpool.kept_answer where key = 'shared-name'")) {
				rows.next();
				return assertThat(rows.getLong(1));
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void concurrentTwinsAreAppliedOnce() {
		PooledClient client = client((builder) -> connections(builder, 8));
		List<TransactionResult> results = Flux.range(0, 24).flatMap((twin) -> client.transaction((tx) -> {
			tx.idempotencyKey("twins-" + (twin % 3));
			tx.from("sales").insert(Map.of("reference", "twins"));
			tx.from("sales").update().set("note", "by twin").eq("reference", "twins");
		}), 24).collectList().block(PATIENCE);
		assertThat(results).hasSize(24);
		assertThat(results.stream().filter((result) -> !result.replayed())).hasSize(3);
		assertThat(sales("twins")).isEqualTo(3);
	}

	@Test
	void concurrentTwinsAreAppliedOnceWhenSerializable() {
		PooledClient client = client((builder) -> connections(builder, 8));
		List<TransactionResult> results = Flux.range(0, 16).flatMap((twin) -> client.transaction((tx) -> {
			tx.serializable();
			tx.idempotencyKey("serial-twins-" + (twin % 2));
			tx.from("sales").insert(Map.of("reference", "serial twins"));
		}), 16).collectList().block(PATIENCE);
		assertThat(results.stream().filter((result) -> !result.replayed())).hasSize(2);
		assertThat(sales("serial twins")).isEqualTo(2);
	}

	@Test
	void oldAnswersArePurgedByTheOwnerOnly() {
		client().transaction((tx) -> {
			tx.idempotencyKey("old");
			tx.from("sales").insert(Map.of("reference", "purged"));
		}).block();
		sql("update dbpool.kept_answer set kept_at = now() - interval '2 days' where key = 'old'");
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> sql("set role service_role; select dbpool.purge()"))
			.withMessageContaining("permission denied");
		assertThat(number("select dbpool.purge('1 day')")).isEqualTo(1);
		assertThat(number("select dbpool.purge('1 day')")).isZero();
	}

	@Test
	void answersBeyondTheRetentionAreForgottenAsOthersCome() {
		sql("insert into dbpool.kept_answer (owner, key, digest, kept_at)"
				+ " select 'gone', 'forgotten-' || i, '', now() - interval '31 days' from generate_series(1, 3) i;"
				+ " insert into dbpool.kept_answer (owner, key, digest, kept_at)"
				+ " values ('gone', 'forgotten-never', '', now() - interval '29 days')");
		PooledClient client = client();
		client.transaction((tx) -> tx.from("sales").insert(Map.of("reference", "forgets"))).block();
		assertThat(number("select count(*) from dbpool.kept_answer where key like 'forgotten-%'")).isEqualTo(2);
		client.transaction((tx) -> tx.from("sales").insert(Map.of("reference", "forgets"))).block();
		client.transaction((tx) -> tx.from("sales").insert(Map.of("reference", "forgets"))).block();
		assertThat(number("select count(*) from dbpool.kept_answer where key like 'forgotten-%'")).isEqualTo(1);
	}

	@Test
	void withoutAKeyNothingIsKept() {
		long before = number("select count(*) from dbpool.kept_answer");
		client().transaction((tx) -> {
			tx.withoutIdempotencyKey();
			tx.from("sales").insert(Map.of("reference", "unkept"));
		}).block();
		client().transaction((tx) -> tx.from("sales").select().limit(1)).block();
		client().transaction((tx) -> tx.idempotencyKey("reads only").from("sales").select().limit(1)).block();
		assertThat(number("select count(*) from dbpool.kept_answer")).isEqualTo(before);
	}

	@Test
	void anAnswerThatIsTooLongToKeepIsRefusedAndUndone() {
		PooledClient client = client();
		String note = "n".repeat(20_000);
		List<Map<String, String>> rows = IntStream.range(0, 60)
			.mapToObj((i) -> Map.of("reference", "long", "note", note))
			.toList();
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> client.transaction((tx) -> tx.from("sales").insert(rows)).block())
			.withMessageContaining("at most 1048576 are kept");
		assertThat(sales("long")).isZero();
		client.transaction((tx) -> tx.from("sales").insert(rows).returning("id")).block();
		assertThat(sales("long")).isEqualTo(60);
	}

}
