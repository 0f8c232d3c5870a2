/**
 * The actuator endpoint {@code databasepool}.
 */
@NullMarked
package dev.dbpool.autoconfigure.endpoint;

import org.jspecify.annotations.NullMarked;
