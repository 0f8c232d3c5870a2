package dev.dbpool.client;

import java.util.List;
import java.util.Optional;

import dev.dbpool.postgrest.Select;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.ResolvableType;
import org.springframework.dao.TransientDataAccessResourceException;

/**
 * Reads rows of one table by a key of one column, each request as an operation.
 *
 * @param <T> the type of a row
 * @param client the view that sends the requests, with an identity that stays
 * @param operation describes the requests
 * @param table the name of the table
 * @param type the type of a row
 * @param key the key
 */
record TableReads<T>(DefaultPooledClient client, Operation operation, String table, Class<T> type,
		EntityKey key) implements BatchLoader.Source<T> {

	@Override
	public Mono<T> row(Object id) {
		this.client.notifyBatch(this.operation, 1);
		return this.key.one(query(), id).maybeSingle(this.type);
	}

	@Override
	public Mono<List<KeyedRow<T>>> rows(List<Object> ids) {
		this.client.notifyBatch(this.operation, ids.size());
		return this.key.any(query(), ids)
			.list(ParameterizedTypeReference
				.forType(ResolvableType.forClassWithGenerics(KeyedRow.class, this.type).getType()));
	}

	@Override
	public Optional<String> keyOf(KeyedRow<T> row) {
		return row.text(this.key.name());
	}

	@Override
	public RuntimeException pastDeadline() {
		return SharedReads.pastDeadline(this.client.settings(), this.operation,
				", since other reads of its batch did not");
	}

	@Override
	public RuntimeException rejected(int waiting) {
		TransientDataAccessResourceException failure = new TransientDataAccessResourceException(
				"%s was rejected: %d callers wait already for batched reads of its kind. Slow callers down, or increase %s"
					.formatted(this.operation.name(), waiting, this.client.settings().of("maxPending", "max-pending")));
		OperationFailure.addTo(failure, this.operation, 0, false);
		return failure;
	}

	private Select query() {
		return this.client.from(this.table).select();
	}

}
