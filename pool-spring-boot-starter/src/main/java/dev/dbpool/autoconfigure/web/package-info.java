/**
 * Answers of web applications to failures of a pool.
 */
@NullMarked
package dev.dbpool.autoconfigure.web;

import org.jspecify.annotations.NullMarked;
