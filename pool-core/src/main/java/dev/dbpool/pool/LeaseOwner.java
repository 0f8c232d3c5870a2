package dev.dbpool.pool;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Who holds or asks for a lease, as shown in leak reports, time-out messages and lease
 * listings.
 *
 * @param operation name of the operation, such as {@code GET /api/contacts}
 * @param traceId identifier of the trace that the operation belongs to, if there is one
 * @param stackTrace where the lease was asked for, if that is recorded
 */
public record LeaseOwner(String operation, @Nullable String traceId, @Nullable Throwable stackTrace) {

	/** The owner of a lease that ended so long ago that the pool has forgotten it. */
	public static final LeaseOwner UNKNOWN = LeaseOwner.of("an unknown operation");

	/**
	 * Creates an owner.
	 * @param operation name of the operation
	 * @param traceId identifier of its trace, or {@code null}
	 * @param stackTrace where the lease was asked for, or {@code null}
	 */
	public LeaseOwner {
		Objects.requireNonNull(operation, "operation");
	}

	/**
	 * Creates an owner without a stack trace.
	 * @param operation name of the operation
	 * @param traceId identifier of its trace, or {@code null}
	 */
	public LeaseOwner(String operation, @Nullable String traceId) {
		this(operation, traceId, null);
	}

	/**
	 * Creates an owner without a trace.
	 * @param operation name of the operation
	 * @return the owner
	 */
	public static LeaseOwner of(String operation) {
		return new LeaseOwner(operation, null);
	}

	@Override
	public String toString() {
		return (this.traceId == null) ? this.operation : this.operation + " [trace " + this.traceId + "]";
	}

}
