package dev.dbpool.postgrest;

/**
 * A result, and how many rows the server counted for it: those that the filters let pass,
 * whatever the limit, or those that a write affected.
 *
 * @param <T> the type of the result
 * @param value the result
 * @param count the number of rows; an estimate if it was asked for as one
 */
public record Counted<T>(T value, long count) {

}
