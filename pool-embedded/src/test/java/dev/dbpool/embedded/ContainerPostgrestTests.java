package dev.dbpool.embedded;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What is said where containers cannot be had.
 */
@Tag("slow")
class ContainerPostgrestTests {

	@Test
	@DisabledIf(value = "dev.dbpool.embedded.ContainerPostgrest#isDockerAvailable", disabledReason = "Docker answers")
	void missingEngineIsNamed() {
		assertThatExceptionOfType(EmbeddedPostgrestException.class).isThrownBy(ContainerPostgrest::start)
			.withMessageContaining("no Docker engine answers")
			.withMessageContaining("EmbeddedPostgrest");
	}

	@Test
	void missingScriptIsNamedBeforeAnEngineIsAsked() {
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> ContainerPostgrest.builder().script("missing.sql").start())
			.withMessageContaining("missing.sql is not on the class path");
	}

	@Test
	void imagesArePinned() {
		assertThat(ContainerPostgrest.POSTGREST_IMAGE).isEqualTo("postgrest/postgrest:v12.0.2");
		assertThat(ContainerPostgrest.POSTGRES_IMAGE).isEqualTo("postgres:18-alpine");
	}

	@Test
	void withoutTestcontainersTheMissingDependencyIsNamed() throws Exception {
		try (URLClassLoader loader = withoutTestcontainers()) {
			assertThat(loader.loadClass(EmbeddedPostgrest.class.getName()).getMethod("builder").invoke(null))
				.isNotNull();
			Class<?> type = loader.loadClass(ContainerPostgrest.class.getName());
			for (String method : new String[] { "start", "isDockerAvailable" }) {
				assertThatExceptionOfType(InvocationTargetException.class)
					.isThrownBy(() -> type.getMethod(method).invoke(null))
					.havingCause()
					.withMessageContaining("Add the dependency org.testcontainers:testcontainers");
			}
		}
	}

	private static URLClassLoader withoutTestcontainers() {
		URL[] urls = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !entry.contains("testcontainers") && !entry.contains("docker-java"))
			.map(ContainerPostgrestTests::url)
			.toArray(URL[]::new);
		return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
	}

	private static URL url(String entry) {
		try {
			return new File(entry).toURI().toURL();
		}
		catch (MalformedURLException ex) {
			throw new AssertionError(ex);
		}
	}

}
