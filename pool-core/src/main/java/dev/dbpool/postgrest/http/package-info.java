/**
 * One request and its answer: what is sent, how bodies are encoded and decoded, and the
 * exception of an answer that is none.
 * <p>
 * Applications use {@link dev.dbpool.postgrest.http.PostgrestExchange} with its
 * implementations, {@link dev.dbpool.postgrest.http.PostgrestRequest}, the answers
 * {@link dev.dbpool.postgrest.http.Answer} and
 * {@link dev.dbpool.postgrest.http.StreamedAnswer}, and
 * {@link dev.dbpool.postgrest.http.JsonCodecs}. The other types are not API: they are
 * public for the packages of this library alone, and change without notice.
 */
@NullMarked
package dev.dbpool.postgrest.http;

import org.jspecify.annotations.NullMarked;
