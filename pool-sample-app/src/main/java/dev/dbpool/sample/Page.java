package dev.dbpool.sample;

import java.util.List;

/**
 * A part of a result.
 *
 * @param number of the page, from 0
 * @param size how many items a full page has
 * @param total how many items there are on all pages
 */
record Page<T>(List<T> items, int number, int size, long total) {
}
