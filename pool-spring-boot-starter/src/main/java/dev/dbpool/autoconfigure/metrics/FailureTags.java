package dev.dbpool.autoconfigure.metrics;

import java.util.Locale;
import java.util.regex.Pattern;

import dev.dbpool.autoconfigure.resilience.AdmissionRefusedException;
import dev.dbpool.autoconfigure.resilience.CircuitBreakerOpenException;
import dev.dbpool.autoconfigure.resilience.RateLimitedException;
import dev.dbpool.client.OperationFailure;
import dev.dbpool.pool.AcquireRejectedException;
import dev.dbpool.pool.AcquireTimeoutException;
import dev.dbpool.pool.LeaseRevokedException;
import dev.dbpool.pool.PoolClosedException;
import dev.dbpool.postgrest.error.Failure;

/**
 * What meters say about a failure: a few values, none of which comes from the data.
 */
final class FailureTags {

	static final String NONE = "none";

	private static final int MOST_CLASSES = 60;

	private static final int CLASS_LENGTH = 2;

	private static final Pattern SQLSTATE = Pattern.compile("[0-9A-Z]{5}");

	private static final String POSTGREST = "PGRST";

	/** Functions may raise classes of their own. */
	private final BoundedNames classes = new BoundedNames(MOST_CLASSES, (name) -> {
	});

	/**
	 * Returns the kind of a failure: what refused the operation before it was sent, or
	 * the {@link Failure.Kind} of what happened to it.
	 */
	String kind(Throwable failure) {
		if (failure instanceof CircuitBreakerOpenException) {
			return "circuit_breaker";
		}
		if (failure instanceof AdmissionRefusedException refused) {
			return refused.limiter().name().toLowerCase(Locale.ROOT);
		}
		if (failure instanceof RateLimitedException) {
			return Failure.Kind.RATE_LIMIT.name().toLowerCase(Locale.ROOT);
		}
		Throwable cause = failure.getCause();
		if (cause instanceof AcquireRejectedException) {
			return "queue_full";
		}
		if (cause instanceof AcquireTimeoutException) {
			return (cause.getCause() != null) ? "unreachable" : "queue_timeout";
		}
		if (cause instanceof PoolClosedException) {
			return "pool_closed";
		}
		return (cause instanceof LeaseRevokedException) ? "revoked"
				: Failure.of(failure).kind().name().toLowerCase(Locale.ROOT);
	}

	/**
	 * Returns the class of the SQLSTATE of a failure, which is its first two characters;
	 * {@code PGRST} for errors of PostgREST itself.
	 */
	String sqlStateClass(Throwable failure) {
		return OperationFailure.in(failure)
			.flatMap((found) -> found.error().code())
			.map(this::sqlStateClass)
			.orElse(NONE);
	}

	private String sqlStateClass(String code) {
		if (code.startsWith(POSTGREST)) {
			return POSTGREST;
		}
		return SQLSTATE.matcher(code).matches() ? this.classes.of(code.substring(0, CLASS_LENGTH)) : BoundedNames.OTHER;
	}

}
