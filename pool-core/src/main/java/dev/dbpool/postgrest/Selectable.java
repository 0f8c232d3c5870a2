package dev.dbpool.postgrest;

/**
 * What a select can name: a {@link Field} or an {@link Embedding}. An alternative to
 * PostgREST's own text where names come from elsewhere: they are quoted where they must
 * be. Immutable.
 */
public sealed interface Selectable permits Field, Embedding {

	/**
	 * As PostgREST's {@code select} takes it.
	 * @return the text
	 */
	String text();

}
