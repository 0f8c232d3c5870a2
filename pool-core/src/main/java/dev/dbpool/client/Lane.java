package dev.dbpool.client;

import java.util.Locale;
import java.util.Optional;

import dev.dbpool.postgrest.http.PostgrestRequest;

import org.springframework.dao.DataAccessException;
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

	Lane other() {
		return (this == READ) ? WRITE : READ;
	}

	/**
	 * Chooses the lane by the method of a request.
	 * @param method the method
	 * @return the read lane for GET, HEAD and OPTIONS, else the write lane
	 */
	static Lane of(HttpMethod method) {
		return PostgrestRequest.isSafe(method) ? READ : WRITE;
	}

	/**
	 * The failure of a request that this lane does not take: writes on the read lane.
	 * @param method the method of the request
	 * @param request describes the request
	 * @param instead what to do
	 */
	Optional<DataAccessException> refusal(HttpMethod method, String request, String instead) {
		return (this == of(method) || this == WRITE) ? Optional.empty()
				: Optional.of(new InvalidDataAccessApiUsageException(
						request + " cannot run on the read lane, which takes GET, HEAD and OPTIONS only. " + instead));
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
