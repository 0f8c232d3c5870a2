package dev.dbpool.client;

import java.util.Locale;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.http.HttpMethod;

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

	/**
	 * Chooses the lane by the method of a request.
	 * @param method the method
	 * @return the read lane for GET, HEAD and OPTIONS, else the write lane
	 */
	static Lane of(HttpMethod method) {
		return HttpExchange.isSafe(method) ? READ : WRITE;
	}

	/**
	 * Whether requests with a method may run on this lane.
	 */
	boolean takes(HttpMethod method) {
		return this == WRITE || HttpExchange.isSafe(method);
	}

	/**
	 * The failure of a request that the read lane does not take.
	 * @param request describes the request
	 * @param instead what to do
	 */
	static InvalidDataAccessApiUsageException refusal(String request, String instead) {
		return new InvalidDataAccessApiUsageException(
				request + " cannot run on the read lane, which takes GET, HEAD and OPTIONS only. " + instead);
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
