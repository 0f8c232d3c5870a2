/**
 * The servers of the HTTP benchmark that run in processes of their own.
 */
@NullMarked
package dev.dbpool.benchmark.server;

import org.jspecify.annotations.NullMarked;
