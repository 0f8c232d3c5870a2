package dev.dbpool.client;

import java.util.Locale;

/**
 * Which pool an operation runs on. Reads and writes have connections of their own, so
 * that neither can starve the other.
 */
public enum Lane {

	/** Safe methods only; may be served by a read replica. */
	READ,

	/** Everything, always on the primary. */
	WRITE;

	/**
	 * Returns the name as it stands in properties, metrics and messages.
	 * @return {@code read} or {@code write}
	 */
	public String id() {
		return name().toLowerCase(Locale.ROOT);
	}

	Lane other() {
		return (this == READ) ? WRITE : READ;
	}

	/**
	 * Finds a lane by its name, in upper or lower case.
	 * @param name the name
	 * @return the lane
	 * @throws IllegalArgumentException if there is no such lane
	 */
	public static Lane of(String name) {
		for (Lane lane : values()) {
			if (lane.id().equalsIgnoreCase(name.strip())) {
				return lane;
			}
		}
		throw new IllegalArgumentException("unknown lane '" + name + "'. Use 'read' or 'write'");
	}

}
