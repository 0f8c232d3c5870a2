package dev.dbpool.autoconfigure;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;

/**
 * Refuses properties below the prefix of a pool that do not exist, such as a misspelt one
 * or one of a lane that does not exist. Environment variables and system properties are
 * left alone, since they may belong to others.
 */
final class UnknownPoolProperties {

	private static final UnboundElementsSourceFilter FILTER = new UnboundElementsSourceFilter();

	private UnknownPoolProperties() {
	}

	static void check(Iterable<ConfigurationPropertySource> sources, String prefix) {
		ConfigurationPropertyName parent = ConfigurationPropertyName.of(prefix);
		Set<ConfigurationProperty> unknown = StreamSupport.stream(sources.spliterator(), false)
			.filter(FILTER::apply)
			.filter(IterableConfigurationPropertySource.class::isInstance)
			.flatMap((source) -> ((IterableConfigurationPropertySource) source).stream()
				.filter((name) -> parent.isAncestorOf(name) && !isKnown(name, parent))
				.map(source::getConfigurationProperty)
				.filter((property) -> !isEmptyGroup(property, parent)))
			.collect(Collectors.toCollection(TreeSet::new));
		if (!unknown.isEmpty()) {
			throw new InvalidPoolConfigurationException(
					unknown.stream()
						.map((property) -> describe(property, parent))
						.collect(Collectors.joining(System.lineSeparator())),
					"Correct the name, or remove the property.");
		}
	}

	private static boolean isKnown(ConfigurationPropertyName name, ConfigurationPropertyName parent) {
		boolean element = name.isLastElementIndexed();
		ConfigurationPropertyName property = element ? name.getParent() : name;
		return PoolPropertyNames.all()
			.stream()
			.filter((known) -> !element || PoolPropertyNames.isList(known))
			.map(parent::append)
			.anyMatch((known) -> known.equals(property));
	}

	/**
	 * Returns whether a property stands for a group without any, as in a YAML file in
	 * which all of them are commented out.
	 */
	private static boolean isEmptyGroup(ConfigurationProperty property, ConfigurationPropertyName parent) {
		String name = property.getName().subName(parent.getNumberOfElements()).toString();
		return property.getValue().toString().isBlank() && PoolPropertyNames.isGroup(name);
	}

	private static String describe(ConfigurationProperty property, ConfigurationPropertyName parent) {
		String name = property.getName().toString();
		List<String> nearest = PoolPropertyNames
			.nearest(property.getName().subName(parent.getNumberOfElements()).toString(), 3);
		return "There is no property '%s' (value: %s%s). The nearest names are %s.".formatted(name,
				ShownValue.of(name, String.valueOf(property.getValue())),
				(property.getOrigin() != null) ? ", from " + property.getOrigin() : "",
				nearest.stream().map((known) -> "'" + parent + "." + known + "'").collect(Collectors.joining(", ")));
	}

}
