/**
 * Alerts about states of the pools that an operator should know of.
 */
@NullMarked
package dev.dbpool.autoconfigure.alert;

import org.jspecify.annotations.NullMarked;
