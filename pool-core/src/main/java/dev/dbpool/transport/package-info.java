/**
 * Real HTTP/1.1 connections for the pool engine: each pooled connection is one socket,
 * opened and warmed up before it is handed out, and never quietly replaced by another.
 */
@NullMarked
package dev.dbpool.transport;

import org.jspecify.annotations.NullMarked;
