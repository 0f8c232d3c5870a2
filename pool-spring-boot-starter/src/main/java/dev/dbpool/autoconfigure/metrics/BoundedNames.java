package dev.dbpool.autoconfigure.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Values of a tag that come from outside. Past a bound, further ones are counted together
 * as {@code other}, so that a value with an id in it cannot fill the memory. Safe for use
 * from any thread.
 */
final class BoundedNames {

	static final String OTHER = "other";

	private final Set<String> names = ConcurrentHashMap.newKeySet();

	private final int most;

	private final Consumer<String> exceeded;

	/**
	 * Creates an empty set of names.
	 * @param most how many names there may be
	 * @param exceeded called with each name beyond that
	 */
	BoundedNames(int most, Consumer<String> exceeded) {
		this.most = most;
		this.exceeded = exceeded;
	}

	String of(String name) {
		if (this.names.contains(name)) {
			return name;
		}
		if (this.names.size() < this.most) {
			this.names.add(name);
			return name;
		}
		this.exceeded.accept(name);
		return OTHER;
	}

}
