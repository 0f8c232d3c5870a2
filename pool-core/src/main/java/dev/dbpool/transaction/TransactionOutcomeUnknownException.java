package dev.dbpool.transaction;

import org.springframework.dao.DataAccessResourceFailureException;

/**
 * Neither the first attempt of a transaction nor a repetition got an answer: it is
 * unknown whether it was made. Running the same transaction with
 * {@link #idempotencyKey()} makes it, or finds that it was made; it is never made twice.
 */
public final class TransactionOutcomeUnknownException extends DataAccessResourceFailureException {

	private static final long serialVersionUID = 1L;

	/** The key of the transaction. */
	private final String idempotencyKey;

	TransactionOutcomeUnknownException(String message, String idempotencyKey, Throwable cause) {
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
