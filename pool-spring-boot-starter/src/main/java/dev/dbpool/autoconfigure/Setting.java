package dev.dbpool.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

import static dev.dbpool.autoconfigure.InvalidPoolConfigurationException.check;

/**
 * A value of the connection, the name under which it was given, and where.
 *
 * @param name the property, or the variable of a Supabase project
 * @param value the value without blanks at its ends, or {@code null} if it is not set
 * @param source what to show as its source
 */
record Setting(String name, @Nullable String value, String source) {

	/**
	 * Looks a setting up. Only the default pool falls back to the variables of a Supabase
	 * project: a named pool that lacks its URL must not silently use that of another.
	 */
	static Setting of(PoolConfiguration pool, @Nullable String value, SupabaseVariables variables,
			Environment environment) {
		String name = variables.property(pool.pool());
		if (StringUtils.hasText(value)) {
			return new Setting(name, value.strip(), source(name, environment));
		}
		String variable = pool.isDefault() ? variables.find(environment) : null;
		String found = (variable != null) ? PoolBinder.variable(environment, variable) : null;
		if (variable == null || found == null) {
			return new Setting(name, null, "not set");
		}
		check(!found.contains("${"), "Define what it refers to, or set " + name + ".",
				"%s refers to something that is not defined.", variable);
		return new Setting(variable, found, "from " + variable);
	}

	private static String source(String name, Environment environment) {
		ConfigurationProperty property = PoolBinder.property(environment, name);
		if (property != null && property.getOrigin() instanceof PropertySourceOrigin origin) {
			return "from " + ((origin.getOrigin() instanceof ConfigVariable.JsonOrigin path) ? path
					: origin.getPropertyName());
		}
		return "from " + name;
	}

	/**
	 * Returns the value without quotes around it, which an env file can leave there.
	 * @throws InvalidPoolConfigurationException if the value is quoted
	 */
	String requireUnquoted(String value) {
		check(!value.startsWith("\"") && !value.startsWith("'") && !value.endsWith("\"") && !value.endsWith("'"),
				"Remove the quotes: the tool that sets it takes them for a part of the value.", "%s is in quotes.",
				this.name);
		return value;
	}

}
