/**
 * What the pools have done lately: statistics of operations and events.
 */
@NullMarked
package dev.dbpool.autoconfigure.activity;

import org.jspecify.annotations.NullMarked;
