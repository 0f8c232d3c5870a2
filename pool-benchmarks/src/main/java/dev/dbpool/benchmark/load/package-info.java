/**
 * A load tester: calls that arrive at a constant rate, and a report with what clients
 * made of them.
 */
@NullMarked
package dev.dbpool.benchmark.load;

import org.jspecify.annotations.NullMarked;
