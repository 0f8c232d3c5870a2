/**
 * The pool engine beside other pools of the JVM, without any connection behind it.
 */
@NullMarked
package dev.dbpool.benchmark.engine;

import org.jspecify.annotations.NullMarked;
