/**
 * Values and how PostgreSQL writes them, in JSON and in the text of filters: exact, in
 * both directions.
 * <p>
 * Applications use {@link dev.dbpool.postgrest.value.Row},
 * {@link dev.dbpool.postgrest.value.Range} and
 * {@link dev.dbpool.postgrest.value.PgArray}. The other types are not API: they are
 * public for the packages of this library alone, and change without notice.
 */
@NullMarked
package dev.dbpool.postgrest.value;

import org.jspecify.annotations.NullMarked;
