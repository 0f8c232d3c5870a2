/**
 * The users of Spring Security as identities of the pooled client.
 */
@NullMarked
package dev.dbpool.autoconfigure.security;

import org.jspecify.annotations.NullMarked;
