package dev.dbpool.postgrest;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The public methods of builders that take a name or a value of the caller, found by
 * reflection: a test that goes through all of them fails when one is added.
 */
public final class CallerTexts {

	private static final Set<Class<?>> TEXTS = Set.of(String.class, Object.class, Map.class, Collection.class,
			String[].class, Object[].class);

	private CallerTexts() {
	}

	/**
	 * Finds the methods.
	 * @param types the builders
	 * @return the methods, such as {@code Filters.eq(String, Object)}
	 */
	public static Set<String> methodsOf(Class<?>... types) {
		return Arrays.stream(types)
			.flatMap((type) -> Arrays.stream(type.getDeclaredMethods()))
			.filter((method) -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
			.filter((method) -> !method.getName().equals("equals")
					&& Stream.of(method.getParameterTypes()).anyMatch(TEXTS::contains))
			.map(CallerTexts::describe)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	/**
	 * Describes a method, one of {@link Comparisons} as one of {@link Filters}.
	 */
	private static String describe(Method method) {
		Class<?> type = method.getDeclaringClass();
		return ((type == Comparisons.class) ? Filters.class : type).getSimpleName() + "." + method.getName()
				+ Stream.of(method.getParameterTypes())
					.map(Class::getSimpleName)
					.collect(Collectors.joining(", ", "(", ")"));
	}

}
