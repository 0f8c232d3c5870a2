package dev.dbpool.postgrest;

import dev.dbpool.postgrest.value.Names;

/**
 * A related table in a select: its row, or a list of its rows, comes with each row.
 * Immutable: each step gives a new one. Which of its rows, and in which order, is said by
 * {@link Select#embedded}.
 */
public final class Embedding implements Selectable {

	private final String prefix;

	private final String resource;

	private final String columns;

	private Embedding(String prefix, String resource, String columns) {
		this.prefix = prefix;
		this.resource = resource;
		this.columns = columns;
	}

	/**
	 * A related table or view, all columns of it.
	 * @param resource its name, or the name of the foreign key's column
	 * @return the embedding
	 */
	public static Embedding of(String resource) {
		Names.requireText(resource, "embedded resource");
		return new Embedding("", Names.column(resource), "*");
	}

	/**
	 * Gives it another name in the result.
	 * @param name the name
	 * @return a new embedding
	 */
	public Embedding as(String name) {
		Names.requireText(name, "alias");
		return new Embedding(Names.column(name) + ":", this.resource, this.columns);
	}

	/**
	 * Puts its columns beside those of the row, instead of into an object of their own.
	 * Takes the place of a name given before.
	 * @return a new embedding
	 */
	public Embedding spread() {
		return new Embedding("...", this.resource, this.columns);
	}

	/**
	 * Says which relation is meant where there are several.
	 * @param relation the name of the foreign key, of its column, or of the join table
	 * @return a new embedding
	 */
	public Embedding by(String relation) {
		Names.requireText(relation, "relation");
		return hint(Names.column(relation));
	}

	/**
	 * Leaves out rows that have no related row which the filters let pass.
	 * @return a new embedding
	 */
	public Embedding inner() {
		return hint("inner");
	}

	/**
	 * Keeps rows that have no related row, which is the default.
	 * @return a new embedding
	 */
	public Embedding left() {
		return hint("left");
	}

	private Embedding hint(String hint) {
		return new Embedding(this.prefix, this.resource + "!" + hint, this.columns);
	}

	/**
	 * Chooses its columns, in place of those chosen before.
	 * @param columns what PostgREST's {@code select} takes
	 * @return a new embedding
	 */
	public Embedding select(String... columns) {
		return new Embedding(this.prefix, this.resource, Selection.of(columns));
	}

	/**
	 * Chooses its columns, in place of those chosen before.
	 * @param first a column or an embedded resource
	 * @param more more of them
	 * @return a new embedding
	 */
	public Embedding select(Selectable first, Selectable... more) {
		return new Embedding(this.prefix, this.resource, Selection.of(first, more));
	}

	@Override
	public String text() {
		return this.prefix + this.resource + "(" + this.columns + ")";
	}

	@Override
	public String toString() {
		return text();
	}

}
