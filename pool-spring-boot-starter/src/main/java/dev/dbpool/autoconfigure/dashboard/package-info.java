/**
 * The dashboard page of the pools.
 */
@NullMarked
package dev.dbpool.autoconfigure.dashboard;

import org.jspecify.annotations.NullMarked;
