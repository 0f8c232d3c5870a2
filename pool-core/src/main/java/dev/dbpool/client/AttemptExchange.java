package dev.dbpool.client;

import java.util.Optional;
import java.util.function.Function;

import dev.dbpool.pool.Lease;
import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.StreamedAnswer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.http.HttpHeaders;

/**
 * Sends the requests of one attempt over its lease, with the headers of its identity, and
 * keeps count of what they may have done.
 */
final class AttemptExchange implements PostgrestExchange {

	private final Lease<ClientConnection> lease;

	private final Operation operation;

	private final Attempt attempt;

	AttemptExchange(Lease<ClientConnection> lease, Operation operation, Attempt attempt) {
		this.lease = lease;
		this.operation = operation;
		this.attempt = attempt;
	}

	@Override
	public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
		Optional<DataAccessException> refusal = refusal(request);
		if (refusal.isPresent()) {
			return Mono.error(refusal.get());
		}
		Mono<T> call = Mono.defer(() -> exchange().mono(request, reader));
		return request.isSafe() ? call : call.doFirst(() -> this.attempt.beginWrite(request))
			.doOnError((failure) -> this.attempt.failedWrite(request, failure));
	}

	@Override
	public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
		Optional<DataAccessException> refusal = refusal(request);
		if (refusal.isPresent()) {
			return Flux.error(refusal.get());
		}
		Flux<T> call = Flux.defer(() -> exchange().flux(request, reader));
		return request.isSafe() ? call : call.doFirst(() -> this.attempt.beginWrite(request))
			.doOnError((failure) -> this.attempt.failedWrite(request, failure));
	}

	private PostgrestExchange exchange() {
		ClientConnection connection = this.lease.connection();
		this.lease.renew();
		this.attempt.beginRequest();
		return connection.exchange(this.attempt.headers());
	}

	private Optional<DataAccessException> refusal(PostgrestRequest request) {
		Optional<DataAccessException> ofLane = this.operation.lane()
			.refusal(request.method(), request.describe(), "Use write(…), or lease the write lane");
		if (ofLane.isPresent()) {
			return ofLane;
		}
		if (request.fields().contains(HttpHeaders.HOST)) {
			return Optional.of(new InvalidDataAccessApiUsageException(request.describe()
					+ " has a header 'Host', but goes to the server of its client. Leave the header out"));
		}
		if (ApiKeys.nameIdentity(request.fields())) {
			return Optional.of(new InvalidDataAccessApiUsageException(request.describe()
					+ " has a header 'apikey' or 'Authorization', but only the client decides the identity"
					+ ". Use asUser(…), asAnon() or asService()"));
		}
		return Optional.empty();
	}

}
