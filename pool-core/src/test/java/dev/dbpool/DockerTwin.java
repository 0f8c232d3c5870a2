package dev.dbpool;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.condition.EnabledIf;

/**
 * A test whose twin runs on {@link dev.dbpool.embedded.EmbeddedPostgrest}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf(value = "dev.dbpool.embedded.ContainerPostgrest#isDockerAvailable",
		disabledReason = "no Docker engine answers: the embedded twin of this test ran instead")
public @interface DockerTwin {

}
