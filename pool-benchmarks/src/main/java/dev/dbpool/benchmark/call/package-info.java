/**
 * What a call costs over one that is written by hand.
 */
@NullMarked
package dev.dbpool.benchmark.call;

import org.jspecify.annotations.NullMarked;
