/**
 * A client of PostgREST: a query builder, typed results, and errors as Spring's
 * {@link org.springframework.dao.DataAccessException}s. It runs over any
 * {@link org.springframework.web.reactive.function.client.WebClient}, or over any other
 * {@link dev.dbpool.postgrest.http.PostgrestExchange}.
 */
@NullMarked
package dev.dbpool.postgrest;

import org.jspecify.annotations.NullMarked;
