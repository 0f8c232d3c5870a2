/**
 * JUnit Jupiter support for {@link dev.dbpool.embedded.PostgrestServer}.
 */
@NullMarked
package dev.dbpool.embedded.junit;

import org.jspecify.annotations.NullMarked;
