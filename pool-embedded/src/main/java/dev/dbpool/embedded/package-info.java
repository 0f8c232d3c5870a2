/**
 * Real PostgreSQL and real PostgREST without Docker, for development and tests.
 */
@NullMarked
package dev.dbpool.embedded;

import org.jspecify.annotations.NullMarked;
