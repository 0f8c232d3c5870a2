package dev.dbpool.postgrest.value;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Enum constants under the names that bodies have for them: Jackson's own, which know
 * {@code @JsonProperty} and {@code @JsonValue}.
 */
final class EnumNames {

	private static final ClassValue<Map<Object, String>> NAMES = new ClassValue<>() {

		@Override
		protected Map<Object, String> computeValue(Class<?> type) {
			return Stream.of(type.getEnumConstants())
				.collect(Collectors.toUnmodifiableMap((constant) -> constant,
						(constant) -> Json.readTree(Json.write(constant)).asString()));
		}

	};

	private EnumNames() {
	}

	static String of(Enum<?> constant) {
		String name = NAMES.get(constant.getDeclaringClass()).get(constant);
		return (name != null) ? name : constant.name();
	}

}
