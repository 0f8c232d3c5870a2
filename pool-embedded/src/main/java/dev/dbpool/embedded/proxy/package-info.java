/**
 * A TCP proxy that makes the network fail in tests.
 */
@NullMarked
package dev.dbpool.embedded.proxy;

import org.jspecify.annotations.NullMarked;
