/**
 * What a call costs compared with a hand-written one.
 */
@NullMarked
package dev.dbpool.benchmark.call;

import org.jspecify.annotations.NullMarked;
