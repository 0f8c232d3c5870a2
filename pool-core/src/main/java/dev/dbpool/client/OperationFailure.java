package dev.dbpool.client;

import java.lang.reflect.Constructor;
import java.util.Optional;

import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.error.UncategorizedPostgrestException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.IncorrectResultSizeDataAccessException;
import org.springframework.util.ClassUtils;

/**
 * What a failed operation was, beside why it failed. Each {@link DataAccessException} of
 * a {@link PooledClient} carries one as a suppressed exception, so that stack traces show
 * it; {@link #in} finds it.
 */
public final class OperationFailure extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/** The name of its pool. */
	private final String pool;

	/** The lane that it ran on. */
	private final Lane lane;

	/** Its name. */
	private final String operation;

	/** Whom it acted as. */
	private final Identity.Kind identity;

	/** How many attempts were made. */
	private final int attempts;

	/** Whether a statement may have taken effect. */
	private final boolean mayHaveRun;

	/** What the server answered. */
	@SuppressWarnings("serial")
	private final PostgrestError error;

	private OperationFailure(Operation operation, int attempts, boolean mayHaveRun, PostgrestError error) {
		super("%s, attempts: %d, the statement %s".formatted(operation, attempts,
				mayHaveRun ? "may have run" : "did not run or was undone"), null, false, false);
		this.pool = operation.pool();
		this.lane = operation.lane();
		this.operation = operation.name();
		this.identity = operation.identity();
		this.attempts = attempts;
		this.mayHaveRun = mayHaveRun;
		this.error = error;
	}

	/**
	 * Finds the failed operation in an exception or its causes, the outermost first.
	 * @param throwable the exception
	 * @return the operation, or nothing if the exception does not come from one
	 */
	public static Optional<OperationFailure> in(@Nullable Throwable throwable) {
		for (Throwable cause = throwable; cause != null; cause = cause.getCause()) {
			Optional<OperationFailure> own = of(cause);
			if (own.isPresent()) {
				return own;
			}
		}
		return Optional.empty();
	}

	private static Optional<OperationFailure> of(Throwable thrown) {
		for (Throwable suppressed : thrown.getSuppressed()) {
			if (suppressed instanceof OperationFailure failure) {
				return Optional.of(failure);
			}
		}
		return Optional.empty();
	}

	/**
	 * Returns whether any attempt of the operation that failed with an exception may have
	 * taken effect.
	 */
	static boolean isOutcomeUnknown(Throwable thrown) {
		return in(thrown).filter(OperationFailure::mayHaveRun).isPresent();
	}

	/**
	 * Adds itself to an exception that has none of its own yet; one among its causes
	 * describes another operation, such as the sign-in. Only to those of data access:
	 * others may be foreign or shared.
	 */
	static void addTo(Throwable thrown, Operation operation, int attempts, boolean mayHaveRun) {
		if (thrown instanceof DataAccessException && of(thrown).isEmpty()) {
			Optional<PostgrestException> answer = (attempts > 0) ? PostgrestException.in(thrown) : Optional.empty();
			PostgrestError error = answer.map(PostgrestException::error).orElseGet(OperationFailure::noAnswer);
			thrown.addSuppressed(new OperationFailure(operation, attempts, mayHaveRun, error));
		}
	}

	/**
	 * Returns the failure of an operation for one of several callers: an exception of its
	 * own with the same type, message, cause and operation, since callers may add to it.
	 * What is no exception of data access, or of an unknown type, is shared.
	 */
	static Throwable forOneCaller(Throwable shared) {
		Throwable own = copy(shared);
		of(shared).filter((operation) -> own != shared).ifPresent(own::addSuppressed);
		return own;
	}

	private static Throwable copy(Throwable thrown) {
		String message = String.valueOf(thrown.getMessage());
		Throwable cause = thrown.getCause();
		if (!(thrown instanceof DataAccessException) || cause == null) {
			return thrown;
		}
		if (thrown instanceof EmptyResultDataAccessException ex) {
			return new EmptyResultDataAccessException(message, ex.getExpectedSize(), cause);
		}
		if (thrown instanceof IncorrectResultSizeDataAccessException ex) {
			return new IncorrectResultSizeDataAccessException(message, ex.getExpectedSize(), ex.getActualSize(), cause);
		}
		if (thrown instanceof UncategorizedPostgrestException && cause instanceof PostgrestException answered) {
			return new UncategorizedPostgrestException(message, answered);
		}
		Constructor<? extends Throwable> constructor = ClassUtils.getConstructorIfAvailable(thrown.getClass(),
				String.class, Throwable.class);
		return (constructor != null) ? BeanUtils.instantiateClass(constructor, message, cause) : thrown;
	}

	private static PostgrestError noAnswer() {
		return new PostgrestError(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
				Optional.empty());
	}

	/**
	 * Returns the name of the operation.
	 * @return the name, such as {@code POST /api/orders}
	 */
	public String operation() {
		return this.operation;
	}

	/**
	 * Returns the name of the pool that the operation ran on.
	 * @return the name
	 */
	public String pool() {
		return this.pool;
	}

	/**
	 * Returns the lane that the operation ran on. On the read lane nothing can have been
	 * changed.
	 * @return the lane
	 */
	public Lane lane() {
		return this.lane;
	}

	/**
	 * Returns whom the operation acted as.
	 * @return the kind of its identity
	 */
	public Identity.Kind identity() {
		return this.identity;
	}

	/**
	 * Returns how many attempts were begun.
	 * @return the number; 0 if the operation was refused before the first
	 */
	public int attempts() {
		return this.attempts;
	}

	/**
	 * Returns whether a statement of the operation, in any of its attempts, has taken
	 * effect or may have.
	 * @return {@code false} if all that it asked for did certainly not run, or was undone
	 */
	public boolean mayHaveRun() {
		return this.mayHaveRun;
	}

	/**
	 * Returns what the server answered: HTTP status, code, details and hint.
	 * @return the error, without any part if there was no answer
	 */
	public PostgrestError error() {
		return this.error;
	}

}
