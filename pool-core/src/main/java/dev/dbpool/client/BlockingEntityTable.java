package dev.dbpool.client;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import dev.dbpool.postgrest.BlockingPostgrestOperations;
import dev.dbpool.postgrest.BlockingSelect;
import dev.dbpool.postgrest.Page;
import dev.dbpool.postgrest.Row;

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

	private final String idColumn;

	BlockingEntityTable(BlockingPostgrestOperations operations, RowEncoder encoder, String name, Class<T> type,
			String idColumn) {
		this.operations = operations;
		this.encoder = encoder;
		this.name = name;
		this.type = type;
		this.idColumn = idColumn;
	}

	/**
	 * Names the column by which rows are found, if it is not {@code id}.
	 * @param column a column whose values are unique
	 * @return a table that uses it
	 */
	public BlockingEntityTable<T> identifiedBy(String column) {
		return new BlockingEntityTable<>(this.operations, this.encoder, this.name, this.type, column);
	}

	/**
	 * Gets a row.
	 * @param id its id
	 * @return the row, or empty
	 */
	public Optional<T> get(Object id) {
		return query().eq(this.idColumn, id).maybeSingle(this.type);
	}

	/**
	 * Gets several rows.
	 * @param ids their ids
	 * @return those of them that there are, in any order
	 */
	public List<T> getAll(Collection<?> ids) {
		return query().in(this.idColumn, ids).list(this.type);
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
	 * and a list of scalars is compared with an array
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
		return query.apply(query()).order(this.idColumn).offset((long) page * size).limit(size).page(this.type);
	}

	/**
	 * Adds a row.
	 * @param row a map, record or bean
	 * @return the row as it was stored
	 */
	public T create(Object row) {
		return this.operations.from(this.name).insert(row).single(this.type);
	}

	/**
	 * Adds rows, all or none. A column that one of them leaves out has its default there.
	 * @param rows maps, records or beans
	 * @return the rows as they were stored
	 */
	public List<T> createAll(Collection<?> rows) {
		return this.operations.from(this.name).insert(rows).missingAsDefault().list(this.type);
	}

	/**
	 * Changes a row.
	 * @param id its id
	 * @param changes the columns to set: a map, record or bean
	 * @return the row as it is now, or empty if there is none
	 */
	public Optional<T> update(Object id, Object changes) {
		return this.operations.from(this.name).update(changes).eq(this.idColumn, id).maybeSingle(this.type);
	}

	/**
	 * Deletes a row.
	 * @param id its id
	 * @return whether there was one
	 */
	public boolean delete(Object id) {
		return this.operations.from(this.name).delete().eq(this.idColumn, id).executeAndCount() > 0;
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
	 * Tells whether there is a row.
	 * @param id its id
	 * @return whether it is there and can be seen
	 */
	public boolean exists(Object id) {
		return existsAny((query) -> query.eq(this.idColumn, id));
	}

	/**
	 * Tells whether there is any row of some.
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
