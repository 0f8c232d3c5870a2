/**
 * Transactions over PostgREST: several operations that run in one request, all or none of
 * them, and exactly once. {@link dev.dbpool.transaction.TransactionSql} has what the
 * database needs for it.
 */
@NullMarked
package dev.dbpool.transaction;

import org.jspecify.annotations.NullMarked;
