package dev.dbpool.client;

import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Which read replicas the attempts of one operation use. What the breaker of a replica
 * has let through is given back when the operation ends, at the latest. Safe for use from
 * any thread.
 */
final class ReplicaChoice {

	private final OperationState operation;

	/** What a replica has let through last: the present attempt, or the next one. */
	private volatile ReadEndpoint.@Nullable Use chosen;

	ReplicaChoice(OperationState operation) {
		this.operation = operation;
	}

	/**
	 * Chooses a replica for the next attempt.
	 * @return whether there is one
	 */
	boolean chooseNext() {
		return !isPinned() && choose((replica) -> true) != null;
	}

	/**
	 * Begins an attempt on a replica: on the one that was chosen for it, if there is one.
	 * @return the replica, or {@code null} for the primary
	 */
	ReadEndpoint.@Nullable Use begin(Attempt attempt) {
		if (isPinned()) {
			leave();
			return null;
		}
		ReadEndpoint.Use present = this.chosen;
		if (present != null && present.begin()) {
			return present;
		}
		ReadEndpoint.Use found = choose((replica) -> !attempt.hasUsed(replica));
		return (found != null && found.begin()) ? found : null;
	}

	/**
	 * Gives back what a replica has let through, unless that has ended.
	 */
	void leave() {
		ReadEndpoint.Use present = this.chosen;
		if (present != null) {
			present.abandoned();
		}
	}

	/**
	 * Chooses a replica. What was chosen before and has not ended is given back, also by
	 * an operation that ends at the same time.
	 */
	private ReadEndpoint.@Nullable Use choose(Predicate<ReadEndpoint> usable) {
		leave();
		ReadEndpoint.Use found = this.operation.lanes().replicaFor(usable).orElse(null);
		this.chosen = found;
		if (this.operation.hasEnded()) {
			leave();
		}
		return found;
	}

	/**
	 * Returns whether the operation has to see what was written to the primary.
	 */
	private boolean isPinned() {
		return this.operation.operation()
			.recentWrites()
			.filter((writes) -> this.operation.credentials().knownIdentity().filter(writes::hasWritten).isPresent())
			.isPresent();
	}

}
