package dev.dbpool.client;

import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What the application asked for: the unit of metrics, slow-operation logs and leak
 * reports.
 */
public final class Operation {

	private final String name;

	private final Lane lane;

	private final Identity.Kind identity;

	private final @Nullable Duration deadline;

	Operation(String name, Lane lane, Identity.Kind identity, @Nullable Duration deadline) {
		this.name = name;
		this.lane = lane;
		this.identity = identity;
		this.deadline = deadline;
	}

	/**
	 * The same operation, acting as somebody else.
	 */
	Operation as(Identity.Kind identity) {
		return new Operation(this.name, this.lane, identity, this.deadline);
	}

	/**
	 * Returns its name, such as {@code GET /api/contacts}. Never holds a value of a
	 * filter or a body, so it is fit for a metric.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Returns the lane that it runs on.
	 * @return the lane
	 */
	public Lane lane() {
		return this.lane;
	}

	/**
	 * Returns whom it acts as.
	 * @return the kind of identity
	 */
	public Identity.Kind identity() {
		return this.identity;
	}

	/**
	 * Returns how long it may take in all, retries and back-off included.
	 * @return the deadline, counted from the subscription, if it has one
	 */
	public Optional<Duration> deadline() {
		return Optional.ofNullable(this.deadline);
	}

	@Override
	public String toString() {
		return this.name + " (" + this.lane.id() + ", " + this.identity.id() + ")";
	}

}
