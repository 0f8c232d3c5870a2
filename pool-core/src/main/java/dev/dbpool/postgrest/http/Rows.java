package dev.dbpool.postgrest.http;

import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.DecodingException;

/**
 * The rows of an answer, as {@link RowsDeserializer} reads them.
 *
 * @param <T> the type of a row
 * @param list the rows, nulls among them
 * @param isArray whether the answer was an array
 */
@JsonDeserialize(using = RowsDeserializer.class)
record Rows<T>(List<T> list, boolean isArray) {

	/**
	 * Whether the answer was {@code null} instead of an array.
	 */
	boolean isAbsent() {
		return !this.isArray && this.list.get(0) == null;
	}

	/**
	 * One row, or one value.
	 *
	 * @param <T> the type of the row
	 * @param value the row, or {@code null}
	 */
	@JsonDeserialize(using = RowsDeserializer.OfOne.class)
	record One<T>(@Nullable T value) {

		/**
		 * Returns the row.
		 * @param index its index in the answer, from 0
		 * @throws DecodingException if it is null
		 */
		T value(ResolvableType type, long index) {
			if (this.value == null) {
				throw new DecodingException("row " + (index + 1) + " is null, which is no "
						+ type.toClass().getSimpleName() + ". Read the rows by list(…), which keeps nulls");
			}
			return this.value;
		}

	}

}
