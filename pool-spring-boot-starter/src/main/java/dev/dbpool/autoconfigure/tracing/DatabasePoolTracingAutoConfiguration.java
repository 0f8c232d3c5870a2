package dev.dbpool.autoconfigure.tracing;

import dev.dbpool.autoconfigure.DatabasePoolAutoConfiguration;

import dev.dbpool.autoconfigure.DatabasePools;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.TracingObservationHandler;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} of spans for the operations of the pools whose property
 * {@code enable-tracing} is on, in applications that have a {@link Tracer}.
 */
@AutoConfiguration(before = DatabasePoolAutoConfiguration.class)
@ConditionalOnClass({ Tracer.class, TracingObservationHandler.class, ObservationThreadLocalAccessor.class })
public final class DatabasePoolTracingAutoConfiguration {

	DatabasePoolTracingAutoConfiguration() {
	}

	@Bean
	@ConditionalOnMissingBean
	TracedOperations databasePoolTracedOperations(DatabasePools pools, ObjectProvider<Tracer> tracer) {
		return new TracedOperations((pool) -> pools.properties(pool).enableTracing(), tracer);
	}

}
