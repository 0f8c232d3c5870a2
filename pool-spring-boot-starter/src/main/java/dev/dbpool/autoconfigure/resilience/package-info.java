/**
 * Retry and circuit breaker around the attempts of each operation, by Resilience4j.
 */
@NullMarked
package dev.dbpool.autoconfigure.resilience;

import org.jspecify.annotations.NullMarked;
