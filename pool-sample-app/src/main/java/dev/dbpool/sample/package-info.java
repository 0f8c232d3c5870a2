/**
 * A marketplace that keeps its data behind PostgREST.
 */
@NullMarked
package dev.dbpool.sample;

import org.jspecify.annotations.NullMarked;
