package dev.dbpool.transaction;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessResourceFailureException;

/**
 * An attempt of a transaction got no answer that shows what became of it, nor did a
 * repetition: it is unknown whether it was made. Running the same transaction with
 * {@link #idempotencyKey()} makes it, or finds that it was made; it is never made twice.
 */
public final class TransactionOutcomeUnknownException extends DataAccessResourceFailureException {

	private static final long serialVersionUID = 1L;

	/** The key of the transaction. */
	private final String idempotencyKey;

	TransactionOutcomeUnknownException(String message, String idempotencyKey, @Nullable Throwable cause) {
		super(message, cause);
		this.idempotencyKey = idempotencyKey;
	}

	/**
	 * The idempotency key of the transaction, given or random.
	 * @return the key
	 */
	public String idempotencyKey() {
		return this.idempotencyKey;
	}

}
