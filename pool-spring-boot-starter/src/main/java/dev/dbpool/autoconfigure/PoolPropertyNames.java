package dev.dbpool.autoconfigure;

import java.lang.reflect.RecordComponent;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

/**
 * The names of all properties of the pool.
 */
final class PoolPropertyNames {

	private static final Map<String, Class<?>> TYPES = types("", DatabasePoolProperties.class);

	private static final List<String> ALL = List.copyOf(TYPES.keySet());

	/**
	 * Names of other pools and of earlier versions, and what they are called here.
	 */
	private static final Map<String, String> SYNONYMS = Map.of("preset", "profile", "size", "max-connections",
			"max-size", "max-connections", "maximum-pool-size", "max-connections", "min-size", "min-connections",
			"minimum-idle", "min-connections", "acquire-timeout", "connection-timeout", "timeout",
			"connection-timeout");

	private PoolPropertyNames() {
	}

	private static Map<String, Class<?>> types(String prefix, Class<?> group) {
		Map<String, Class<?>> types = new LinkedHashMap<>();
		for (RecordComponent component : group.getRecordComponents()) {
			String name = prefix + DataObjectPropertyName.toDashedForm(component.getName());
			if (component.getType().isRecord()) {
				types.putAll(types(name + ".", component.getType()));
			}
			else {
				types.put(name, component.getType());
			}
		}
		return types;
	}

	/**
	 * Returns the names of all properties, without the prefix of a pool.
	 */
	static List<String> all() {
		return ALL;
	}

	/**
	 * Returns the property that a name in camel case, kebab case or the spelling of
	 * environment variables stands for.
	 * @param name the name without the prefix of a pool
	 * @return the property, or {@code null} if there is none
	 */
	static @Nullable String find(String name) {
		String uniform = uniform(name);
		return ALL.stream().filter((known) -> uniform(known).equals(uniform)).findFirst().orElse(null);
	}

	/**
	 * Returns whether a property has several values.
	 * @param name the name without the prefix of a pool
	 */
	static boolean isList(String name) {
		return TYPES.get(name) == List.class;
	}

	/**
	 * Whether a name stands for a group of properties, such as {@code read}.
	 */
	static boolean isGroup(String name) {
		String dashed = dashed(name);
		return ALL.stream().anyMatch((known) -> known.startsWith(dashed + "."));
	}

	static String dashed(String name) {
		return DataObjectPropertyName.toDashedForm(name);
	}

	static String camelCase(String name) {
		return Pattern.compile("-(.)").matcher(name).replaceAll((match) -> match.group(1).toUpperCase(Locale.ROOT));
	}

	private static String uniform(String name) {
		return name.toLowerCase(Locale.ROOT).replaceAll("[._-]", "");
	}

	/**
	 * Returns the names that are most like one which does not exist.
	 * @param name the name, in kebab case and without the prefix of a pool
	 * @param count how many to return
	 */
	static List<String> nearest(String name, int count) {
		String wanted = SYNONYMS.getOrDefault(name, name);
		return ALL.stream()
			.sorted(Comparator.comparingInt((String known) -> distance(wanted, known)))
			.limit(count)
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
