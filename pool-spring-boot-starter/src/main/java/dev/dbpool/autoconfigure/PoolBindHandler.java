package dev.dbpool.autoconfigure;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.PlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.util.ClassUtils;
import org.springframework.util.unit.DataSize;

/**
 * Reports a value that cannot be read, or that refers to something that is not defined.
 */
final class PoolBindHandler implements BindHandler {

	private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([\\w.-]+)[^}]*}?");

	private final PlaceholdersResolver placeholders;

	PoolBindHandler(PlaceholdersResolver placeholders) {
		this.placeholders = placeholders;
	}

	@Override
	public Object onSuccess(ConfigurationPropertyName name, Bindable<?> target, BindContext context, Object result) {
		ConfigurationProperty property = context.getConfigurationProperty();
		if (property != null && property.getName().equals(name)) {
			checkPlaceholders(name, value(property));
		}
		return result;
	}

	@Override
	public Object onFailure(ConfigurationPropertyName name, Bindable<?> target, BindContext context, Exception error)
			throws Exception {
		ConfigurationProperty property = find(name, context);
		if (property == null) {
			throw error;
		}
		String value = value(property);
		checkPlaceholders(name, value);
		Class<?> type = ClassUtils.resolvePrimitiveIfNecessary(target.getType().resolve(Object.class));
		Expectation expectation = Expectation.of(name, type);
		throw new InvalidPoolConfigurationException(
				"%s is %s, which is %s.".formatted(name, ShownValue.of(name.toString(), value), expectation.not()),
				expectation.action());
	}

	private static @Nullable ConfigurationProperty find(ConfigurationPropertyName name, BindContext context) {
		for (ConfigurationPropertySource source : context.getSources()) {
			ConfigurationProperty property = source.getConfigurationProperty(name);
			if (property != null) {
				return property;
			}
		}
		return null;
	}

	private String value(ConfigurationProperty property) {
		return String.valueOf(this.placeholders.resolvePlaceholders(property.getValue()));
	}

	private static void checkPlaceholders(ConfigurationPropertyName name, String value) {
		Matcher placeholder = PLACEHOLDER.matcher(value);
		if (placeholder.find()) {
			String variable = placeholder.group(1);
			throw new InvalidPoolConfigurationException(
					"%s refers to ${%s}, which is not defined.".formatted(name, variable),
					"Define " + variable + " as an environment variable or a property, or set " + name + " directly.");
		}
	}

	/**
	 * What the value of a property should have been.
	 */
	private record Expectation(String not, String action) {

		static Expectation of(ConfigurationPropertyName name, Class<?> type) {
			if (type == Duration.class) {
				return new Expectation("not a duration",
						"Set it to a number with a unit, such as 500ms, 30s or 5m. A number alone is in milliseconds.");
			}
			if (type == DataSize.class) {
				return new Expectation("not a size",
						"Set it to a number with a unit, such as 512KB or 10MB. A number alone is in bytes.");
			}
			if (type == Integer.class) {
				return new Expectation("not a whole number up to " + Integer.MAX_VALUE,
						"Set it to a whole number, such as 10.");
			}
			if (type == Boolean.class) {
				return new Expectation("neither true nor false", "Set it to true or false.");
			}
			if (type.isEnum()) {
				String constants = constants(type);
				return new Expectation("none of " + constants, "Set it to one of " + constants + ".");
			}
			if (type.isRecord()) {
				return new Expectation("a value for a group of properties", "Set " + components(name, type) + ".");
			}
			return new Expectation("not a " + type.getSimpleName(), "Correct the value, or remove the property.");
		}

		private static String constants(Class<?> type) {
			@Nullable Object[] constants = type.getEnumConstants();
			return Stream.of(constants)
				.map((constant) -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'))
				.collect(Collectors.joining(", "));
		}

		private static String components(ConfigurationPropertyName name, Class<?> type) {
			return Stream.of(type.getRecordComponents())
				.map(RecordComponent::getName)
				.map((component) -> name + "." + DataObjectPropertyName.toDashedForm(component))
				.collect(Collectors.joining(" or "));
		}

	}

}
