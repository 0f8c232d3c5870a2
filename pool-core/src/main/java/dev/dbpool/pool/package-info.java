/**
 * The connection pool engine: bounded, fair, and generic. It knows no protocol: a
 * {@link dev.dbpool.pool.Connector} opens, validates and closes whatever a connection is.
 */
@NullMarked
package dev.dbpool.pool;

import org.jspecify.annotations.NullMarked;
