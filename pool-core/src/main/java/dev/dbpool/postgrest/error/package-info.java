/**
 * What a failed request means: the error that was answered, whether the statement ran,
 * and whether a repetition may help.
 * <p>
 * {@link dev.dbpool.postgrest.error.TransportCause} is not API: it is public for the
 * packages of this library alone, and changes without notice.
 */
@NullMarked
package dev.dbpool.postgrest.error;

import org.jspecify.annotations.NullMarked;
