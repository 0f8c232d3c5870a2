package dev.dbpool.postgrest;

import java.util.regex.Pattern;

import dev.dbpool.postgrest.value.Names;

/**
 * A column in a select, or what is computed from it. Immutable: each step gives a new
 * one.
 * <p>
 * Aggregates need {@code db-aggregates-enabled} on the server; the other columns of the
 * select are what they are grouped by.
 */
public final class Field implements Selectable {

	private static final Pattern TYPE = Pattern.compile("[A-Za-z_][A-Za-z0-9_ ]*(\\[])?");

	private final String alias;

	private final String expression;

	private Field(String alias, String expression) {
		this.alias = alias;
		this.expression = expression;
	}

	/**
	 * A column, or a value in a JSON column.
	 * @param column the column's name, or a path such as {@code data->address->>city}
	 * @return the field
	 */
	public static Field of(String column) {
		ColumnPath.requireOne(column, "a Field for each");
		return new Field("", ColumnPath.parse(column).localField(column));
	}

	/**
	 * All columns.
	 * @return the field
	 */
	public static Field all() {
		return new Field("", "*");
	}

	/**
	 * The number of rows.
	 * @return the field
	 */
	public static Field rowCount() {
		return new Field("", "count()");
	}

	/**
	 * Gives it another name in the result.
	 * @param name the name
	 * @return a new field
	 */
	public Field as(String name) {
		Names.requireText(name, "alias");
		return new Field(Names.column(name) + ":", this.expression);
	}

	/**
	 * Converts it.
	 * @param type a type of PostgreSQL, such as {@code text}
	 * @return a new field
	 * @throws IllegalArgumentException when this is no name of a type
	 */
	public Field cast(String type) {
		if (!TYPE.matcher(type).matches()) {
			throw new IllegalArgumentException("'" + type + "' is no type that PostgREST can cast to, such as text");
		}
		return then("::" + type);
	}

	/**
	 * The sum of its values.
	 * @return a new field
	 */
	public Field sum() {
		return then(".sum()");
	}

	/**
	 * The mean of its values.
	 * @return a new field
	 */
	public Field avg() {
		return then(".avg()");
	}

	/**
	 * The least of its values.
	 * @return a new field
	 */
	public Field min() {
		return then(".min()");
	}

	/**
	 * The greatest of its values.
	 * @return a new field
	 */
	public Field max() {
		return then(".max()");
	}

	/**
	 * The number of its values, those that are null left out.
	 * @return a new field
	 */
	public Field count() {
		return then(".count()");
	}

	private Field then(String suffix) {
		return new Field(this.alias, this.expression + suffix);
	}

	@Override
	public String text() {
		return this.alias + this.expression;
	}

	@Override
	public String toString() {
		return text();
	}

}
