package dev.dbpool.autoconfigure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginTrackedValue;

/**
 * The properties of the default pool in one JSON object, the environment variable
 * {@code DB_POOL_CONFIG}. Names are in camel case or kebab case. Messages name the path
 * within the JSON, and never show its text, which can hold keys.
 */
final class ConfigVariable {

	static final String NAME = "DB_POOL_CONFIG";

	private static final String PREFIX = "db.pool.";

	private static final String EXAMPLE = "such as {\"maxConnections\": 10, \"connectionTimeout\": 5000}";

	private static final JsonMapper MAPPER = JsonMapper.builder()
		.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.build();

	private final Map<String, Object> properties = new LinkedHashMap<>();

	private ConfigVariable() {
	}

	/**
	 * Reads the properties of the default pool.
	 * @param json the value of the variable
	 * @return the properties by their full names, each with its path in the JSON as
	 * origin
	 * @throws InvalidPoolConfigurationException if it is not a JSON object, or names
	 * something that is not a property
	 */
	static Map<String, Object> parse(String json) {
		JsonNode root = read(json);
		if (!root.isObject()) {
			throw new InvalidPoolConfigurationException(NAME + " is not a JSON object.",
					"Set it to an object, " + EXAMPLE + ".");
		}
		ConfigVariable variable = new ConfigVariable();
		variable.readObject("", "$", root);
		return variable.properties;
	}

	private static JsonNode read(String json) {
		try {
			return MAPPER.readTree(json);
		}
		catch (JacksonException ex) {
			String place = (ex.getLocation() != null)
					? ", at line " + ex.getLocation().getLineNr() + ", column " + ex.getLocation().getColumnNr() : "";
			throw new InvalidPoolConfigurationException(
					NAME + " is not valid JSON, or holds a name twice" + place + ".",
					"Set it to a JSON object, " + EXAMPLE + ". Quotes have to survive the shell.");
		}
	}

	private void readObject(String group, String path, JsonNode object) {
		object.properties().forEach((entry) -> {
			String name = group + entry.getKey();
			String entryPath = path + "." + entry.getKey();
			if (PoolPropertyNames.isGroup(name)) {
				readGroup(name, entryPath, entry.getValue());
			}
			else {
				readProperty(name, entryPath, entry.getValue());
			}
		});
	}

	private void readGroup(String name, String path, JsonNode value) {
		if (value.isNull()) {
			return;
		}
		if (!value.isObject()) {
			throw new InvalidPoolConfigurationException("%s of %s is not an object.".formatted(path, NAME),
					"Set it to an object that holds the properties below %s%s.".formatted(PREFIX,
							PoolPropertyNames.dashed(name)));
		}
		readObject(name + ".", path, value);
	}

	private void readProperty(String name, String path, JsonNode value) {
		String property = PoolPropertyNames.find(name);
		if (property == null) {
			throw unknown(name, path);
		}
		if (value.isObject()) {
			throw new InvalidPoolConfigurationException("%s of %s is an object.".formatted(path, NAME),
					"Set it to a single value, as for " + PREFIX + property + ".");
		}
		if (value.isArray()) {
			for (int i = 0; i < value.size(); i++) {
				add(property + "[" + i + "]", path + "[" + i + "]", value.get(i));
			}
		}
		else {
			add(property, path, value);
		}
	}

	private void add(String property, String path, JsonNode value) {
		if (value.isNull()) {
			return;
		}
		Object previous = this.properties.put(PREFIX + property,
				OriginTrackedValue.of(value.asString(), new JsonOrigin(path)));
		if (previous instanceof OriginTrackedValue tracked) {
			throw new InvalidPoolConfigurationException(
					"%s sets %s%s twice, by %s and %s.".formatted(NAME, PREFIX, property, origin(tracked), path),
					"Leave one of them out.");
		}
	}

	private static @Nullable String origin(OriginTrackedValue value) {
		return (value.getOrigin() instanceof JsonOrigin origin) ? origin.path() : null;
	}

	private static InvalidPoolConfigurationException unknown(String name, String path) {
		List<String> nearest = PoolPropertyNames.nearest(PoolPropertyNames.dashed(name), 3);
		return new InvalidPoolConfigurationException(
				"%s sets %s, which is not a property of the pool. The nearest names are %s.".formatted(NAME, path,
						nearest.stream()
							.map((known) -> "'" + PoolPropertyNames.camelCase(known) + "'")
							.collect(Collectors.joining(", "))),
				"Correct the name, or leave it out.");
	}

	/**
	 * The place of a value in the JSON.
	 */
	record JsonOrigin(String path) implements Origin {

		@Override
		public String toString() {
			return this.path + " of " + NAME;
		}

	}

}
