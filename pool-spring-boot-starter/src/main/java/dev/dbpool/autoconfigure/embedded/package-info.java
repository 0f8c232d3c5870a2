/**
 * Auto-configuration of a server of its own for development and tests.
 */
@NullMarked
package dev.dbpool.autoconfigure.embedded;

import org.jspecify.annotations.NullMarked;
