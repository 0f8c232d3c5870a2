package dev.dbpool.benchmark.fault;

import java.io.IOException;
import java.net.ConnectException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;

import dev.dbpool.client.OperationFailure;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import org.jspecify.annotations.Nullable;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

import org.springframework.core.codec.CodecException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.web.reactive.function.UnsupportedMediaTypeException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/**
 * Why a call failed.
 *
 * @param reason the class of the failure
 * @param isOutcomeUnknown whether a write may have happened, as far as its caller can
 * know
 */
record Failure(String reason, boolean isOutcomeUnknown) {

	private static final Map<Class<? extends Throwable>, String> REASONS = reasons();

	/** After these a write may have happened. */
	private static final Set<String> UNKNOWN = Set.of("timeout", "connection lost", "wrong answer", "unfinished",
			"HTTP 500", "HTTP 502", "HTTP 504");

	private static Map<Class<? extends Throwable>, String> reasons() {
		Map<Class<? extends Throwable>, String> reasons = new LinkedHashMap<>();
		reasons.put(CallNotPermittedException.class, "breaker open");
		reasons.put(AcquireRejectedException.class, "queue full");
		reasons.put(PoolAcquirePendingLimitException.class, "queue full");
		reasons.put(AcquireTimeoutException.class, "no connection");
		reasons.put(PoolAcquireTimeoutException.class, "no connection");
		reasons.put(Workload.WrongAnswerException.class, "wrong answer");
		reasons.put(UnsupportedMediaTypeException.class, "wrong answer");
		reasons.put(CodecException.class, "wrong answer");
		reasons.put(io.netty.handler.timeout.TimeoutException.class, "timeout");
		reasons.put(TimeoutException.class, "timeout");
		reasons.put(ConnectException.class, "refused");
		reasons.put(IOException.class, "connection lost");
		return reasons;
	}

	/**
	 * Returns the failure of a call that the benchmark did not wait for any longer.
	 */
	static Failure unfinished() {
		return new Failure("unfinished", true);
	}

	static Failure of(Throwable thrown) {
		Optional<OperationFailure> operation = OperationFailure.in(thrown);
		String reason = operation.flatMap((failure) -> failure.error().status())
			.map((status) -> status.isError() ? "HTTP " + status.value() : "wrong answer")
			.orElseGet(() -> reason(thrown));
		return new Failure(reason,
				operation.map(OperationFailure::mayHaveRun).orElseGet(() -> UNKNOWN.contains(reason)));
	}

	private static String reason(Throwable thrown) {
		for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
			String reason = ownReason(cause);
			if (reason != null) {
				return reason;
			}
		}
		return (thrown instanceof QueryTimeoutException) ? "timeout" : thrown.getClass().getSimpleName();
	}

	private static @Nullable String ownReason(Throwable cause) {
		if (cause instanceof WebClientResponseException answer && answer.getStatusCode().isError()) {
			return "HTTP " + answer.getStatusCode().value();
		}
		return REASONS.entrySet()
			.stream()
			.filter((reason) -> reason.getKey().isInstance(cause))
			.map(Map.Entry::getValue)
			.findFirst()
			.orElse(null);
	}

}
