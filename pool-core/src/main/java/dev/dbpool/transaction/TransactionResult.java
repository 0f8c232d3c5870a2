package dev.dbpool.transaction;

import java.util.ArrayList;
import java.util.List;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;

/**
 * What the operations of a transaction returned. The transaction was made, whatever
 * happens while it is read.
 */
public final class TransactionResult {

	private final Batch batch;

	private final JsonNode answer;

	private final ObjectMapper mapper;

	TransactionResult(Batch batch, JsonNode answer, ObjectMapper mapper) {
		this.batch = batch;
		this.answer = answer;
		this.mapper = mapper;
	}

	/**
	 * Whether the transaction had been made before, by an earlier attempt or by an
	 * earlier use of its idempotency key, so that this is the answer that was kept.
	 * @return whether it is a replay
	 */
	public boolean replayed() {
		return this.answer.path("replayed").asBoolean(false);
	}

	/**
	 * How many rows an operation changed, or found.
	 * @param statement the operation
	 * @return the number of rows
	 */
	public long count(TransactionStatement<?> statement) {
		return count(index(statement));
	}

	/**
	 * How many rows an operation changed, or found.
	 * @param index the index of the operation, from 0
	 * @return the number of rows
	 */
	public long count(int index) {
		return result(index).path("count").longValue();
	}

	/**
	 * The only row of an operation.
	 * @param <T> the type of the row
	 * @param statement the operation
	 * @param type the type of the row
	 * @return the row
	 * @throws IncorrectResultSizeDataAccessException if there is another number of rows,
	 * which {@link TransactionStatement#expect} makes undo the transaction, or if the row
	 * is null, as the result of a function may be
	 */
	public <T> T row(TransactionStatement<?> statement, Class<T> type) {
		List<T> rows = rows(statement, type);
		if (rows.isEmpty() && count(statement) == 1 && result(index(statement)).at("/rows/0").isNull()) {
			throw new EmptyResultDataAccessException(
					statement.describe() + " returned one row, which is null. The transaction was made; "
							+ "maybeSingle takes null for nothing",
					1);
		}
		if (rows.size() != 1) {
			throw new IncorrectResultSizeDataAccessException(
					statement.describe() + " returned " + rows.size()
							+ " rows instead of one. The transaction was made; expect(1) would have undone it",
					1, rows.size());
		}
		return rows.get(0);
	}

	/**
	 * The rows of an operation. A row that is null, which only functions return, is left
	 * out, so that there may be fewer than {@link #count} says.
	 * @param <T> the type of a row
	 * @param statement the operation
	 * @param type the type of a row
	 * @return the rows
	 */
	public <T> List<T> rows(TransactionStatement<?> statement, Class<T> type) {
		return rows(index(statement), type);
	}

	/**
	 * The rows of an operation. A row that is null, which only functions return, is left
	 * out, so that there may be fewer than {@link #count} says.
	 * @param <T> the type of a row
	 * @param statement the operation
	 * @param type the type of a row
	 * @return the rows
	 */
	public <T> List<T> rows(TransactionStatement<?> statement, ParameterizedTypeReference<T> type) {
		return read(index(statement), this.mapper.constructType(type.getType()));
	}

	/**
	 * The rows of an operation. A row that is null, which only functions return, is left
	 * out, so that there may be fewer than {@link #count} says.
	 * @param <T> the type of a row
	 * @param index the index of the operation, from 0
	 * @param type the type of a row
	 * @return the rows
	 */
	public <T> List<T> rows(int index, Class<T> type) {
		return read(index, this.mapper.constructType(type));
	}

	private <T> List<T> read(int index, JavaType type) {
		List<T> rows = new ArrayList<>();
		try {
			for (JsonNode row : result(index).path("rows")) {
				if (!row.isNull()) {
					rows.add(this.mapper.readerFor(type).readValue(row));
				}
			}
		}
		catch (JacksonException ex) {
			throw new DataRetrievalFailureException(
					"What operation %d returned cannot be read as %s. The transaction was made".formatted(index + 1,
							type.toCanonical()),
					ex);
		}
		return rows;
	}

	private int index(TransactionStatement<?> statement) {
		if (!statement.belongsTo(this.batch)) {
			throw new IllegalArgumentException(statement.describe() + " belongs to another run of the transaction");
		}
		return statement.index();
	}

	private JsonNode result(int index) {
		JsonNode results = this.answer.path("results");
		if (index < 0 || index >= results.size()) {
			throw new IndexOutOfBoundsException(
					"There is no operation %d: the transaction has %d".formatted(index, results.size()));
		}
		return results.path(index);
	}

	@Override
	public String toString() {
		return "TransactionResult[operations=" + this.answer.path("results").size() + ", replayed=" + replayed() + "]";
	}

}
