package dev.dbpool.client;

import java.util.List;
import java.util.Map;

import dev.dbpool.client.TransactionTestSupport.Sale;
import dev.dbpool.client.TransactionTestSupport.SaleItem;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.transaction.FailedOperation;
import dev.dbpool.transaction.RowLock;
import dev.dbpool.transaction.TransactionOutcomeUnknownException;
import dev.dbpool.transaction.TransactionResult;
import dev.dbpool.transaction.TransactionSql;
import reactor.core.publisher.Mono;

import org.springframework.dao.OptimisticLockingFailureException;

/**
 * The code in {@code docs/transactions.md} and {@code docs/exactly-once.md}, run by
 * {@link TransactionIntegrationTests}.
 */
final class TransactionSamples {

	private TransactionSamples() {
	}

	static Mono<Sale> place(PooledClient client, String jwt, String number, List<Item> items) {
		Mono<Sale> placed = client.asUser(jwt).named("POST /api/sales").inTransaction((tx) -> {
			var sale = tx.from("sales").insert(Map.of("reference", number));
			tx.from("sale_items").insert(items).with("sale_id", sale.ref("id"));
			for (Item item : items) {
				tx.from("articles")
					.update()
					.increment("stock", -item.amount())
					.eq("name", item.article())
					.gte("stock", item.amount())
					.expect(1);
			}
			return sale.single(Sale.class);
		});
		return placed;
	}

	static Mono<SaleWithItems> several(PooledClient client, List<Item> items) {
		Mono<SaleWithItems> placed = client.inTransaction((tx) -> {
			var sale = tx.from("sales").insert(Map.of("reference", "4712"));
			var lines = tx.from("sale_items").insert(items).with("sale_id", sale.ref("id")).returning("id", "article");
			return sale.single(Sale.class).and(lines.list(Row.class), SaleWithItems::new);
		});
		return placed;
	}

	static long byIndex(PooledClient client) {
		TransactionResult result = client.blocking().transaction((tx) -> {
			tx.from("sale_items").delete().eq("article", "discontinued");
			tx.from("articles").delete().eq("name", "discontinued").expectAtMost(1);
		});
		List<SaleItem> deleted = result.rows(0, SaleItem.class);
		long articles = result.count(1);
		return deleted.size() + articles;
	}

	static Mono<Long> rename(PooledClient client, String name, String newName, int versionThatWasRead) {
		Mono<Long> renamed = client.inTransaction((tx) -> tx.from("articles")
			.update()
			.set("name", newName)
			.increment("version", 1)
			.eq("name", name)
			.eq("version", versionThatWasRead)
			.expect(1)
			.count());
		return renamed.onErrorMap(OptimisticLockingFailureException.class,
				(failure) -> new IllegalStateException("Another user has changed " + name, failure));
	}

	static String whatFailed(Throwable failure) {
		return FailedOperation.in(failure)
			.map((failed) -> "operation %d, %s %s".formatted(failed.index(), failed.kind(), failed.target().orElse("")))
			.orElse("none of them");
	}

	static Mono<TransactionResult> once(PooledClient client, String number) {
		Mono<TransactionResult> recorded = client.transaction((tx) -> {
			tx.idempotencyKey("sale-" + number);
			tx.from("sales").insert(Map.of("reference", number));
		});
		return recorded;
	}

	static Mono<TransactionResult> findOut(PooledClient client, Mono<TransactionResult> first, String number) {
		return first.onErrorResume(TransactionOutcomeUnknownException.class, (unknown) -> client.transaction((tx) -> {
			tx.idempotencyKey(unknown.idempotencyKey());
			tx.from("sales").insert(Map.of("reference", number));
		}));
	}

	static Mono<List<Row>> take(PooledClient client) {
		Mono<List<Row>> taken = client.inTransaction((tx) -> {
			var next = tx.from("articles").select("name").eq("stock", 0).limit(5).lock(RowLock.UPDATE).skipLocked();
			return tx.from("articles").update().set("stock", 10).in("name", next.refs("name")).list(Row.class);
		});
		return taken;
	}

	static Mono<Overview> overview(PooledClient client) {
		Mono<Overview> overview = client.inTransaction((tx) -> {
			tx.readOnly();
			var sales = tx.from("sales").select("id").count();
			var empty = tx.from("articles").select("name").eq("stock", 0).list(Row.class);
			return sales.and(empty, Overview::new);
		});
		return overview;
	}

	static EmbeddedPostgrest.Builder test() {
		return EmbeddedPostgrest.builder().script("schema.sql", TransactionSql.RESOURCE);
	}

	record Item(String article, int amount) {

	}

	record SaleWithItems(Sale sale, List<Row> items) {

	}

	record Overview(long sales, List<Row> soldOut) {

	}

}
