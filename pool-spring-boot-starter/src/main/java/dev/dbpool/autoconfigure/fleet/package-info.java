/**
 * A maximum of connections that all instances of an application share.
 */
@NullMarked
package dev.dbpool.autoconfigure.fleet;

import org.jspecify.annotations.NullMarked;
