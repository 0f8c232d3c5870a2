package dev.dbpool.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;

/**
 * Hints for the properties of pools, which are bound by prefix and not as a bean that
 * Spring Boot could see, and for the files of the dashboard.
 */
final class DatabasePoolRuntimeHints implements RuntimeHintsRegistrar {

	DatabasePoolRuntimeHints() {
	}

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		BindableRuntimeHintsRegistrar.forTypes(DatabasePoolProperties.class).registerHints(hints, classLoader);
		hints.resources()
			.registerPattern("dev/dbpool/autoconfigure/dashboard/*")
			.registerPattern("META-INF/resources/webjars/uplot/**");
	}

}
