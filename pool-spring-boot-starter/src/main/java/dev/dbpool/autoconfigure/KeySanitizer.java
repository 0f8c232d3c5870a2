package dev.dbpool.autoconfigure;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;

/**
 * Hides the properties that hold a key by their names, and by its value any other one in
 * which a key appears: the source of a placeholder, the command line of the process, or
 * JSON in an environment variable.
 */
final class KeySanitizer implements SanitizingFunction {

	private static final Pattern NAMES = Pattern
		.compile(".*(db[._]?pools?|supabase).*key.*|.*db[._]?pools?.*webhook.*|db_pool_config");

	private final ObjectProvider<DatabasePools> pools;

	KeySanitizer(ObjectProvider<DatabasePools> pools) {
		this.pools = pools;
	}

	@Override
	public SanitizableData apply(SanitizableData data) {
		return (NAMES.matcher(data.getLowerCaseKey()).matches() || holdsKey(data.getValue()))
				? data.withSanitizedValue() : data;
	}

	private boolean holdsKey(@Nullable Object value) {
		return value != null && this.pools.getObject()
			.all()
			.stream()
			.anyMatch((pool) -> pool.client().keys().appearIn(value.toString()));
	}

}
