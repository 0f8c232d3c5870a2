package dev.dbpool.client;

import org.jspecify.annotations.Nullable;

/**
 * How messages name the settings of a client: as properties if it is configured by
 * properties, else as methods of its builder.
 *
 * @param prefix the prefix of the properties, such as {@code db.pool}
 */
record SettingNames(@Nullable String prefix) {

	/**
	 * Returns the name of a setting.
	 * @param method the method of the builder
	 * @param property the property below the prefix
	 */
	String of(String method, String property) {
		return (this.prefix != null) ? this.prefix + "." + property : method;
	}

}
