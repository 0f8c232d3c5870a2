package dev.dbpool.autoconfigure;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PlaceholdersResolver;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyNameException;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;

/**
 * Reads the properties of pools. A blank value counts as not set, so that the next
 * property source or the default applies. A value that cannot be read is reported with
 * property, value and how to fix it.
 */
final class PoolBinder {

	private final Environment environment;

	private final PlaceholdersResolver placeholders;

	private PoolBinder(Environment environment) {
		this.environment = environment;
		this.placeholders = new PropertySourcesPlaceholdersResolver(environment);
	}

	/**
	 * Reads all properties of a pool.
	 * @param environment the environment
	 * @param prefix the prefix of the pool's properties, such as {@code db.pool}
	 * @return the properties
	 * @throws InvalidPoolConfigurationException if a name does not exist, or a value
	 * cannot be read
	 */
	static DatabasePoolProperties bind(Environment environment, String prefix) {
		PoolBinder binder = new PoolBinder(environment);
		UnknownPoolProperties.check(ConfigurationPropertySources.get(environment), prefix);
		try {
			return binder.binder().bindOrCreate(prefix, Bindable.of(DatabasePoolProperties.class));
		}
		catch (BindException ex) {
			if (ex.getCause() instanceof InvalidPoolConfigurationException invalid) {
				throw invalid;
			}
			throw ex;
		}
	}

	/**
	 * Looks up one value.
	 * @param environment the environment
	 * @param name the full name of the property
	 * @param type the type of its value
	 * @return the value, or {@code null} if it is not set, or cannot be read, or if the
	 * name of the pool is not allowed: {@link #bind} and {@link PoolNames} report that
	 */
	static <T> @Nullable T find(Environment environment, String name, Class<T> type) {
		try {
			return new PoolBinder(environment).binder().bind(name, type).orElse(null);
		}
		catch (BindException | InvalidConfigurationPropertyNameException ex) {
			return null;
		}
	}

	/**
	 * Looks up which property source sets a property.
	 * @param environment the environment
	 * @param name the full name of the property
	 * @return the property, or {@code null} if it is not set
	 */
	static @Nullable ConfigurationProperty property(Environment environment, String name) {
		ConfigurationPropertyName propertyName = ConfigurationPropertyName.ofIfValid(name);
		return (propertyName != null) ? first(propertyName, new PoolBinder(environment).sources()) : null;
	}

	/**
	 * Describes the properties that are empty, and so leave the value of a property
	 * source with lower precedence in place.
	 * @param environment the environment
	 * @param prefix the prefix of the pool's properties
	 * @return a warning for each of them
	 */
	static List<String> emptyOverrides(Environment environment, String prefix) {
		List<String> warnings = new ArrayList<>();
		for (String name : PoolPropertyNames.all()) {
			String property = prefix + "." + name;
			ConfigurationProperty effective = property(environment, property);
			ConfigurationProperty first = first(ConfigurationPropertyName.of(property),
					StreamSupport.stream(ConfigurationPropertySources.get(environment).spliterator(), false));
			if (effective != null && first != null && !first.equals(effective) && !isOfProfile(effective)) {
				warnings.add(
						"%s is empty in %s, which counts as not set, so the value in %s applies. Remove that one where it is not wanted"
							.formatted(property, first.getOrigin(), effective.getOrigin()));
			}
		}
		return warnings;
	}

	private static boolean isOfProfile(ConfigurationProperty property) {
		ConfigurationPropertySource source = property.getSource();
		return source != null && source.getUnderlyingSource() instanceof PropertySource<?> profiles
				&& profiles.getName().equals(PoolPropertySources.PROFILES);
	}

	private static @Nullable ConfigurationProperty first(ConfigurationPropertyName name,
			Stream<ConfigurationPropertySource> sources) {
		return sources.map((source) -> source.getConfigurationProperty(name))
			.filter((property) -> property != null)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Looks up an environment variable, or a property of that name. What a placeholder in
	 * it refers to may be undefined.
	 * @param environment the environment
	 * @param name the name of the variable
	 * @return its value, or {@code null} if it is not set or blank
	 */
	static @Nullable String variable(Environment environment, String name) {
		return ((ConfigurableEnvironment) environment).getPropertySources()
			.stream()
			.map((source) -> source.getProperty(name))
			.filter((value) -> value != null)
			.map((value) -> environment.resolvePlaceholders(value.toString()).strip())
			.filter((value) -> !value.isEmpty())
			.findFirst()
			.orElse(null);
	}

	private Binder binder() {
		Iterable<ConfigurationPropertySource> sources = () -> sources().iterator();
		return new Binder(sources, this.placeholders, (ConversionService) null, null,
				new PoolBindHandler(this.placeholders));
	}

	private Stream<ConfigurationPropertySource> sources() {
		return StreamSupport.stream(ConfigurationPropertySources.get(this.environment).spliterator(), false)
			.map(this::withoutBlanks);
	}

	private ConfigurationPropertySource withoutBlanks(ConfigurationPropertySource source) {
		return (source instanceof IterableConfigurationPropertySource iterable)
				? new IterableWithoutBlanks(iterable, this.placeholders) : new WithoutBlanks(source, this.placeholders);
	}

	/**
	 * A property source in which blank values are not set. Elements of a list stay.
	 */
	private static class WithoutBlanks implements ConfigurationPropertySource {

		private final ConfigurationPropertySource source;

		private final PlaceholdersResolver placeholders;

		WithoutBlanks(ConfigurationPropertySource source, PlaceholdersResolver placeholders) {
			this.source = source;
			this.placeholders = placeholders;
		}

		@Override
		public @Nullable ConfigurationProperty getConfigurationProperty(ConfigurationPropertyName name) {
			ConfigurationProperty property = this.source.getConfigurationProperty(name);
			return (property != null && !name.isLastElementIndexed() && isBlank(property)) ? null : property;
		}

		private boolean isBlank(ConfigurationProperty property) {
			return this.placeholders.resolvePlaceholders(property.getValue()) instanceof CharSequence text
					&& text.toString().isBlank();
		}

		@Override
		public ConfigurationPropertyState containsDescendantOf(ConfigurationPropertyName name) {
			return this.source.containsDescendantOf(name);
		}

		@Override
		public @Nullable Object getUnderlyingSource() {
			return this.source.getUnderlyingSource();
		}

	}

	private static final class IterableWithoutBlanks extends WithoutBlanks
			implements IterableConfigurationPropertySource {

		private final IterableConfigurationPropertySource source;

		IterableWithoutBlanks(IterableConfigurationPropertySource source, PlaceholdersResolver placeholders) {
			super(source, placeholders);
			this.source = source;
		}

		@Override
		public Stream<ConfigurationPropertyName> stream() {
			return this.source.stream();
		}

		@Override
		public Iterator<ConfigurationPropertyName> iterator() {
			return this.source.iterator();
		}

		@Override
		public ConfigurationPropertyState containsDescendantOf(ConfigurationPropertyName name) {
			return super.containsDescendantOf(name);
		}

	}

}
