package dev.dbpool.postgrest.value;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A value for an array column, where a list alone could also mean JSON:
 * {@code contains("tags", PgArray.of(tags))} works for an empty list as well. Immutable.
 */
public final class PgArray {

	private final List<@Nullable Object> elements;

	private PgArray(Collection<? extends @Nullable Object> elements) {
		this.elements = Collections.unmodifiableList(new ArrayList<>(elements));
	}

	/**
	 * An array of some elements.
	 * @param elements the elements, which may be null
	 * @return the array
	 */
	public static PgArray of(Collection<? extends @Nullable Object> elements) {
		return new PgArray(elements);
	}

	/**
	 * An array of some elements.
	 * @param elements the elements, which may be null
	 * @return the array
	 */
	public static PgArray of(@Nullable Object... elements) {
		return new PgArray(Arrays.asList(elements));
	}

	/**
	 * Return the elements.
	 * @return the elements, unmodifiable
	 */
	@JsonValue
	public List<@Nullable Object> elements() {
		return this.elements;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof PgArray array && this.elements.equals(array.elements);
	}

	@Override
	public int hashCode() {
		return this.elements.hashCode();
	}

	@Override
	public String toString() {
		return this.elements.toString();
	}

}
