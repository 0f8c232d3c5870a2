/**
 * The implementation of {@link dev.dbpool.pool.ConnectionPool}. No other package uses it:
 * {@link dev.dbpool.pool.ConnectionPool#create} is the only way in.
 */
@NullMarked
package dev.dbpool.pool.engine;

import org.jspecify.annotations.NullMarked;
