/**
 * Meters of the pools and of the operations on them.
 */
@NullMarked
package dev.dbpool.autoconfigure.tracing;

import org.jspecify.annotations.NullMarked;
