package dev.dbpool.autoconfigure;

import java.lang.reflect.RecordComponent;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

/**
 * The names of all properties of the pool.
 */
final class PoolPropertyNames {

	private static final List<String> ALL = names("", DatabasePoolProperties.class).toList();

	private PoolPropertyNames() {
	}

	private static Stream<String> names(String prefix, Class<?> type) {
		return Stream.of(type.getRecordComponents()).flatMap((component) -> names(prefix, component));
	}

	private static Stream<String> names(String prefix, RecordComponent component) {
		String name = prefix + DataObjectPropertyName.toDashedForm(component.getName());
		return component.getType().isRecord() ? names(name + ".", component.getType()) : Stream.of(name);
	}

	/**
	 * Returns the names of all properties, without the prefix of a pool.
	 */
	static List<String> all() {
		return ALL;
	}

	/**
	 * Returns the full names that are most like one which does not exist.
	 * @param pool name of the pool
	 * @param name what follows the prefix of the pool
	 * @param count how many to return
	 */
	static List<String> nearest(String pool, String name, int count) {
		return ALL.stream()
			.sorted(Comparator.comparingInt((String known) -> distance(name, known)))
			.limit(count)
			.map((known) -> PoolConfiguration.prefix(pool) + "." + known)
			.toList();
	}

	/**
	 * Counts the letters to insert, remove or exchange (Levenshtein).
	 */
	private static int distance(String from, String to) {
		int[] previous = new int[to.length() + 1];
		for (int j = 0; j <= to.length(); j++) {
			previous[j] = j;
		}
		for (int i = 1; i <= from.length(); i++) {
			int[] current = new int[to.length() + 1];
			current[0] = i;
			for (int j = 1; j <= to.length(); j++) {
				int change = previous[j - 1] + ((from.charAt(i - 1) != to.charAt(j - 1)) ? 1 : 0);
				current[j] = Math.min(change, 1 + Math.min(previous[j], current[j - 1]));
			}
			previous = current;
		}
		return previous[to.length()];
	}

}
