package dev.dbpool.autoconfigure;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.resource;

class DatabasePoolRuntimeHintsTests {

	@ParameterizedTest
	@ValueSource(strings = { "dev/dbpool/autoconfigure/dashboard/index.html",
			"META-INF/resources/webjars/uplot/1.6.30/dist/uPlot.iife.min.js" })
	void filesOfTheDashboardArePartOfANativeImage(String file) {
		RuntimeHints hints = new RuntimeHints();
		new DatabasePoolRuntimeHints().registerHints(hints, getClass().getClassLoader());
		assertThat(new ClassPathResource(file).exists()).isTrue();
		assertThat(resource().forResource(file)).accepts(hints);
	}

}
