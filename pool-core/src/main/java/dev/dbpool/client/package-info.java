/**
 * The client that applications use: operations with a name, an identity and a lane, each
 * attempt on a leased connection.
 */
@NullMarked
package dev.dbpool.client;

import org.jspecify.annotations.NullMarked;
