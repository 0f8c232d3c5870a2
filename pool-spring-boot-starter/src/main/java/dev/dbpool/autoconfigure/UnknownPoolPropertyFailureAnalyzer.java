package dev.dbpool.autoconfigure;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Explains a property below {@code db.pool} or {@code db.pools} that does not exist, such
 * as a misspelt one or one of a lane that does not exist. Comes before Spring Boot's own
 * analyzer, which would show the value of a misspelt key.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
final class UnknownPoolPropertyFailureAnalyzer
		extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException> {

	private static final ConfigurationPropertyName DEFAULT_POOL = ConfigurationPropertyName.of("db.pool");

	private static final ConfigurationPropertyName NAMED_POOLS = ConfigurationPropertyName.of("db.pools");

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, UnboundConfigurationPropertiesException cause) {
		List<ConfigurationProperty> unknown = cause.getUnboundProperties()
			.stream()
			.filter((property) -> DEFAULT_POOL.isAncestorOf(property.getName())
					|| NAMED_POOLS.isAncestorOf(property.getName()))
			.toList();
		if (unknown.isEmpty()) {
			return null;
		}
		String description = unknown.stream()
			.map(UnknownPoolPropertyFailureAnalyzer::describe)
			.collect(Collectors.joining(System.lineSeparator()));
		return new FailureAnalysis(description, "Correct the name, or remove the property.", cause);
	}

	private static String describe(ConfigurationProperty property) {
		String name = property.getName().toString();
		String nearest = nearest(property.getName()).stream()
			.map((known) -> "'" + known + "'")
			.collect(Collectors.joining(", "));
		return "There is no property '%s' (value: %s%s). The nearest names are %s.".formatted(name, value(property),
				(property.getOrigin() != null) ? ", from " + property.getOrigin() : "", nearest);
	}

	private static List<String> nearest(ConfigurationPropertyName name) {
		boolean named = NAMED_POOLS.isAncestorOf(name);
		String pool = named ? name.getElement(2, Form.DASHED) : PoolConfiguration.DEFAULT_POOL;
		return PoolPropertyNames.nearest(pool, name.subName(named ? 3 : 2).toString(), 3);
	}

	private static String value(ConfigurationProperty property) {
		String name = property.getName().toString().toLowerCase(Locale.ROOT);
		String value = String.valueOf(property.getValue());
		boolean plain = value.length() <= 40 && !name.contains("key") && !name.contains("secret")
				&& !name.contains("token") && !name.contains("password") && !value.contains("@")
				&& !KeyShape.isIn(value);
		return plain ? "'" + value + "'" : "not shown";
	}

}
