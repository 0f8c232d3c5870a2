/**
 * Auto-configuration of a {@link dev.dbpool.client.PooledClient} from {@code db.pool.*}.
 */
@NullMarked
package dev.dbpool.autoconfigure;

import org.jspecify.annotations.NullMarked;
