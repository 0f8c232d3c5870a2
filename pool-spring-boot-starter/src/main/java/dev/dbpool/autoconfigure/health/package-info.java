/**
 * Health of the pools and of the server behind them.
 */
@NullMarked
package dev.dbpool.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
