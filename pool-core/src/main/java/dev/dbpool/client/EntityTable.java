package dev.dbpool.client;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import dev.dbpool.postgrest.Count;
import dev.dbpool.postgrest.Page;
import dev.dbpool.postgrest.Select;
import dev.dbpool.postgrest.value.Row;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Everyday work with the rows of one table. Immutable. What it does not offer,
 * {@link PooledClient#from} does.
 * <p>
 * The methods that take a query get one that selects all columns of all rows, and return
 * it with filters, an order or a limit:
 * {@code users.find(query -> query.eq("city", "Oslo").order("name"))}.
 * <p>
 * A list or a stream has no more rows than the server's {@code db-max-rows}, which cuts
 * the rest off without a word, {@link #getAll} too. It is 1,000 on Supabase. Pages go
 * through more, see {@link #search}.
 *
 * @param <T> the type of a row
 */
public final class EntityTable<T> {

	/**
	 * The column by which rows are found unless another one is named.
	 */
	static final String ID = "id";

	private final DefaultPooledClient client;

	private final String name;

	private final Class<T> type;

	private final EntityKey key;

	private final boolean batched;

	EntityTable(DefaultPooledClient client, String name, Class<T> type, EntityKey key, boolean batched) {
		this.client = client;
		this.name = name;
		this.type = type;
		this.key = key;
		this.batched = batched;
	}

	/**
	 * Names the column by which rows are found, if it is not {@code id}; or several,
	 * which are unique together. The id of a row is then a list of their values in this
	 * order, or a map, record or bean that names them, such as the row itself:
	 * {@code lines.identifiedBy("order_id", "line").get(List.of(7, 1))}.
	 * @param column a column
	 * @param more the other columns of a composite key
	 * @return a table that uses them
	 */
	public EntityTable<T> identifiedBy(String column, String... more) {
		return new EntityTable<>(this.client, this.name, this.type, this.key.by(column, more), this.batched);
	}

	/**
	 * Batches the reads of {@link #get}: those that arrive while one of the same
	 * identity, table and settings is in flight are sent together, and each caller
	 * receives its row. A read that finds none in flight is sent immediately. Callers of
	 * the same id receive the same instance, so its type should be immutable.
	 * <p>
	 * Applies to ids of one column that are whole numbers, UUIDs, or texts of up to 40
	 * characters; others are sent singly. All rows of a request are of one snapshot, and
	 * never older than the call. Each caller keeps its own deadline and cancellation. A
	 * request has an empty Reactor context, since its callers may have different ones. If
	 * too many callers wait, further ones are rejected with a
	 * {@link org.springframework.dao.TransientDataAccessResourceException}.
	 * @return a table that batches
	 */
	public EntityTable<T> batched() {
		return new EntityTable<>(this.client, this.name, this.type, this.key, true);
	}

	/**
	 * Gets a row.
	 * @param id its id
	 * @return the row, or empty
	 */
	public Mono<T> get(Object id) {
		return this.batched ? this.client.getBatched(this.name, this.type, this.key, id)
				: this.client.get(this.name, this.type, this.key, id);
	}

	/**
	 * Gets several rows.
	 * @param ids their ids
	 * @return those of them that there are, in any order
	 */
	public Mono<List<T>> getAll(Collection<?> ids) {
		return this.key.any(query(), ids).list(this.type);
	}

	/**
	 * Finds rows.
	 * @param query adds what rows are wanted, and how
	 * @return the rows
	 */
	public Mono<List<T>> find(UnaryOperator<Select> query) {
		return query.apply(query()).list(this.type);
	}

	/**
	 * Finds the rows that equal an example in each of its values.
	 * @param example a map, record or bean; what is {@code null} in it matches anything,
	 * and a list of scalars is compared with an array; an empty list is refused, since it
	 * could mean JSON as well
	 * @return the rows
	 */
	public Mono<List<T>> findLike(Object example) {
		return Mono.defer(() -> {
			Select query = query();
			for (Map.Entry<String, Object> column : this.client.rowEncoder().encode(example).entrySet()) {
				query = query.eq(column.getKey(), column.getValue());
			}
			return query.list(this.type);
		});
	}

	/**
	 * Streams rows as they arrive.
	 * @param query adds what rows are wanted, and how
	 * @return the rows
	 */
	public Flux<T> stream(UnaryOperator<Select> query) {
		return query.apply(query()).stream(this.type);
	}

	/**
	 * Finds rows, page by page. Rows that are equal in the order of the query are ordered
	 * by id, so that none is on two pages.
	 * @param query adds what rows are wanted, and in which order
	 * @param page the number of the page, from 0
	 * @param size how many rows a page has
	 * @return the page, and how many rows there are in all
	 */
	public Mono<Page<T>> search(UnaryOperator<Select> query, int page, int size) {
		return search(query, page, size, Count.EXACT);
	}

	/**
	 * Finds rows, page by page, as {@link #search(UnaryOperator, int, int)} does.
	 * @param query adds what rows are wanted, and in which order
	 * @param page the number of the page, from 0
	 * @param size how many rows a page has
	 * @param count how all rows are counted
	 * @return the page, and how many rows there are in all
	 */
	public Mono<Page<T>> search(UnaryOperator<Select> query, int page, int size, Count count) {
		return this.key.order(query.apply(query())).offset((long) page * size).limit(size).page(this.type, count);
	}

	/**
	 * Adds a row. Where a column of the id is null in it, the database gives the id.
	 * @param row a map, record or bean
	 * @return the row as it was stored
	 */
	public Mono<T> create(Object row) {
		return this.client.from(this.name).insert(row).nullsAsDefault(this.key.names()).single(this.type);
	}

	/**
	 * Adds rows, all or none. A column that one of them leaves out has its default there,
	 * and so has a column of the id that is null.
	 * @param rows maps, records or beans
	 * @return the rows as they were stored
	 */
	public Mono<List<T>> createAll(Collection<?> rows) {
		return this.client.from(this.name).insert(rows).nullsAsDefault(this.key.names()).list(this.type);
	}

	/**
	 * Changes a row.
	 * @param id its id
	 * @param changes the columns to set: a map, record or bean
	 * @return the row as it is now, or empty if there is none
	 */
	public Mono<T> update(Object id, Object changes) {
		return this.key.one(this.client.from(this.name).update(changes), id).maybeSingle(this.type);
	}

	/**
	 * Deletes a row.
	 * @param id its id
	 * @return whether there was one
	 */
	public Mono<Boolean> delete(Object id) {
		return this.key.one(this.client.from(this.name).delete(), id).executeAndCount().map((deleted) -> deleted > 0);
	}

	/**
	 * Counts all rows.
	 * @return how many there are
	 */
	public Mono<Long> count() {
		return query().count();
	}

	/**
	 * Counts rows.
	 * @param query adds what rows are meant
	 * @return how many there are
	 */
	public Mono<Long> count(UnaryOperator<Select> query) {
		return query.apply(query()).count();
	}

	/**
	 * Counts rows.
	 * @param query adds what rows are meant
	 * @param count how they are counted
	 * @return how many there are
	 */
	public Mono<Long> count(UnaryOperator<Select> query, Count count) {
		return query.apply(query()).count(count);
	}

	/**
	 * Returns whether there is a row.
	 * @param id its id
	 * @return whether it is there and can be seen
	 */
	public Mono<Boolean> exists(Object id) {
		return existsAny((query) -> this.key.one(query, id));
	}

	/**
	 * Returns whether there is any row of some.
	 * @param query adds what rows are meant
	 * @return whether there is one
	 */
	public Mono<Boolean> existsAny(UnaryOperator<Select> query) {
		return query.apply(query()).limit(1).list(Row.class).map((rows) -> !rows.isEmpty());
	}

	private Select query() {
		return this.client.from(this.name).select();
	}

}
