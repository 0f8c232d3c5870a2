package dev.dbpool.client;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import dev.dbpool.postgrest.BlockingPostgrestOperations;
import dev.dbpool.postgrest.BlockingSelect;
import dev.dbpool.postgrest.Count;
import dev.dbpool.postgrest.Page;
import dev.dbpool.postgrest.http.BlockingCalls;
import dev.dbpool.postgrest.value.Row;

/**
 * Everyday work with the rows of one table, for callers that may block. Immutable. What
 * it does not offer, {@link BlockingPooledClient#from} does.
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
public final class BlockingEntityTable<T> {

	private final BlockingPostgrestOperations operations;

	private final RowEncoder encoder;

	private final String name;

	private final Class<T> type;

	private final EntityKey key;

	private final EntityTable<T> rows;

	BlockingEntityTable(BlockingPostgrestOperations operations, RowEncoder encoder, String name, Class<T> type,
			EntityKey key, EntityTable<T> rows) {
		this.operations = operations;
		this.encoder = encoder;
		this.name = name;
		this.type = type;
		this.key = key;
		this.rows = rows;
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
	public BlockingEntityTable<T> identifiedBy(String column, String... more) {
		return new BlockingEntityTable<>(this.operations, this.encoder, this.name, this.type, this.key.by(column, more),
				this.rows.identifiedBy(column, more));
	}

	/**
	 * Batches the reads of {@link #get}, as {@link EntityTable#batched()} does.
	 * @return a table that batches
	 */
	public BlockingEntityTable<T> batched() {
		return new BlockingEntityTable<>(this.operations, this.encoder, this.name, this.type, this.key,
				this.rows.batched());
	}

	/**
	 * Gets a row.
	 * @param id its id
	 * @return the row, or empty
	 */
	public Optional<T> get(Object id) {
		return BlockingCalls.optional(this.rows.get(id));
	}

	/**
	 * Gets several rows.
	 * @param ids their ids
	 * @return those of them that there are, in any order
	 */
	public List<T> getAll(Collection<?> ids) {
		return this.key.any(query(), ids).list(this.type);
	}

	/**
	 * Finds rows.
	 * @param query adds what rows are wanted, and how
	 * @return the rows
	 */
	public List<T> find(UnaryOperator<BlockingSelect> query) {
		return query.apply(query()).list(this.type);
	}

	/**
	 * Finds the rows that equal an example in each of its values.
	 * @param example a map, record or bean; what is {@code null} in it matches anything,
	 * and a list of scalars is compared with an array; an empty list is refused, since it
	 * could mean JSON as well
	 * @return the rows
	 */
	public List<T> findLike(Object example) {
		BlockingSelect query = query();
		for (Map.Entry<String, Object> column : this.encoder.encode(example).entrySet()) {
			query = query.eq(column.getKey(), column.getValue());
		}
		return query.list(this.type);
	}

	/**
	 * Streams rows as they arrive.
	 * @param query adds what rows are wanted, and how
	 * @return the rows, to be closed; closing early ends the request
	 */
	public Stream<T> stream(UnaryOperator<BlockingSelect> query) {
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
	public Page<T> search(UnaryOperator<BlockingSelect> query, int page, int size) {
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
	public Page<T> search(UnaryOperator<BlockingSelect> query, int page, int size, Count count) {
		return this.key.order(query.apply(query())).offset((long) page * size).limit(size).page(this.type, count);
	}

	/**
	 * Adds a row. Where a column of the id is null in it, the database gives the id.
	 * @param row a map, record or bean
	 * @return the row as it was stored
	 */
	public T create(Object row) {
		return this.operations.from(this.name).insert(row).nullsAsDefault(this.key.names()).single(this.type);
	}

	/**
	 * Adds rows, all or none. A column that one of them leaves out has its default there,
	 * and so has a column of the id that is null.
	 * @param rows maps, records or beans
	 * @return the rows as they were stored
	 */
	public List<T> createAll(Collection<?> rows) {
		return this.operations.from(this.name).insert(rows).nullsAsDefault(this.key.names()).list(this.type);
	}

	/**
	 * Changes a row.
	 * @param id its id
	 * @param changes the columns to set: a map, record or bean
	 * @return the row as it is now, or empty if there is none
	 */
	public Optional<T> update(Object id, Object changes) {
		return this.key.one(this.operations.from(this.name).update(changes), id).maybeSingle(this.type);
	}

	/**
	 * Deletes a row.
	 * @param id its id
	 * @return whether there was one
	 */
	public boolean delete(Object id) {
		return this.key.one(this.operations.from(this.name).delete(), id).executeAndCount() > 0;
	}

	/**
	 * Counts all rows.
	 * @return how many there are
	 */
	public long count() {
		return query().count();
	}

	/**
	 * Counts rows.
	 * @param query adds what rows are meant
	 * @return how many there are
	 */
	public long count(UnaryOperator<BlockingSelect> query) {
		return query.apply(query()).count();
	}

	/**
	 * Counts rows.
	 * @param query adds what rows are meant
	 * @param count how they are counted
	 * @return how many there are
	 */
	public long count(UnaryOperator<BlockingSelect> query, Count count) {
		return query.apply(query()).count(count);
	}

	/**
	 * Returns whether there is a row.
	 * @param id its id
	 * @return whether it is there and can be seen
	 */
	public boolean exists(Object id) {
		return existsAny((query) -> this.key.one(query, id));
	}

	/**
	 * Returns whether there is any row of some.
	 * @param query adds what rows are meant
	 * @return whether there is one
	 */
	public boolean existsAny(UnaryOperator<BlockingSelect> query) {
		return !query.apply(query()).limit(1).list(Row.class).isEmpty();
	}

	private BlockingSelect query() {
		return this.operations.from(this.name).select();
	}

}
