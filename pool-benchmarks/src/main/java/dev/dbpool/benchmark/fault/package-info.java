/**
 * Clients beside each other while servers and the network fail.
 */
@NullMarked
package dev.dbpool.benchmark.fault;

import org.jspecify.annotations.NullMarked;
