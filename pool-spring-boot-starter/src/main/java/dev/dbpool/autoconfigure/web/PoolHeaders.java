package dev.dbpool.autoconfigure.web;

import java.security.Principal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.client.Lane;
import dev.dbpool.pool.PoolSnapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.http.server.PathContainer;

/**
 * Headers that an answer gets from the state of the pools when its request arrives.
 */
@FunctionalInterface
interface PoolHeaders {

	/** No headers. */
	PoolHeaders NONE = (path, caller) -> Map.of();

	/**
	 * Returns the headers of an answer.
	 * @param path the path of the request below the context path, as mappings match it
	 * @param caller who asks
	 * @return the headers, none for most paths
	 */
	Map<String, String> of(String path, Caller caller);

	/**
	 * Returns a path as mappings match it: decoded, and without parameters.
	 */
	static String pathToMatch(PathContainer path) {
		StringBuilder matched = new StringBuilder();
		for (PathContainer.Element element : path.elements()) {
			matched.append(
					(element instanceof PathContainer.PathSegment segment) ? segment.valueToMatch() : element.value());
		}
		return matched.toString();
	}

	/**
	 * Returns these headers and others.
	 */
	default PoolHeaders and(PoolHeaders others) {
		return (path, caller) -> {
			Map<String, String> headers = new LinkedHashMap<>(of(path, caller));
			headers.putAll(others.of(path, caller));
			return headers;
		};
	}

	/**
	 * The sums of connections and waiters of some pools, for each path.
	 */
	static PoolHeaders ofState(List<DatabasePool> pools) {
		return (path, caller) -> {
			Map<String, String> headers = new LinkedHashMap<>();
			int total = 0;
			int active = 0;
			int idle = 0;
			int pending = 0;
			for (DatabasePool pool : pools) {
				for (Lane lane : Lane.values()) {
					PoolSnapshot snapshot = pool.client().pool(lane).snapshot();
					total += snapshot.total();
					active += snapshot.active();
					idle += snapshot.idle();
					pending += snapshot.pending();
				}
			}
			headers.put("X-Pool-Total-Connections", String.valueOf(total));
			headers.put("X-Pool-Active-Connections", String.valueOf(active));
			headers.put("X-Pool-Idle-Connections", String.valueOf(idle));
			headers.put("X-Pool-Waiting-Requests", String.valueOf(pending));
			return headers;
		};
	}

	/**
	 * Who sends a request.
	 *
	 * @param principal the signed-in user, if there is one
	 * @param roles whether the user has a role
	 */
	record Caller(@Nullable Principal principal, Predicate<String> roles) {

	}

}
