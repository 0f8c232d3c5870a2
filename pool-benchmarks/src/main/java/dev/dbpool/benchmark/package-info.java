/**
 * Benchmarks of the pool beside what it replaces, in one run.
 */
@NullMarked
package dev.dbpool.benchmark;

import org.jspecify.annotations.NullMarked;
