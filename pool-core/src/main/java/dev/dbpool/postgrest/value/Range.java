package dev.dbpool.postgrest.value;

import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonSerialize;

/**
 * A range of values, as PostgreSQL's range types have them. Immutable. It can be a value
 * of a filter, a value to write, and the type of a record's component that is read, such
 * as {@code Range<LocalDate>}.
 * <p>
 * PostgreSQL brings ranges of whole numbers and days into the form that includes the
 * lower bound and excludes the upper one; so a range may be read in another form than it
 * was written in.
 *
 * @param <T> the type of the bounds: whole numbers, decimals, days, times
 */
@JsonSerialize(using = RangeSerializer.class)
@JsonDeserialize(using = RangeDeserializer.class)
public final class Range<T> {

	private static final String EMPTY = "empty";

	private final @Nullable Bound<T> lower;

	private final @Nullable Bound<T> upper;

	private final boolean empty;

	private Range(@Nullable Bound<T> lower, @Nullable Bound<T> upper, boolean empty) {
		this.lower = lower;
		this.upper = upper;
		this.empty = empty;
	}

	static <T> Range<T> between(@Nullable Bound<T> lower, @Nullable Bound<T> upper) {
		return new Range<>(lower, upper, false);
	}

	/**
	 * All values from one to another, both included.
	 * @param <T> the type of the bounds
	 * @param lower the least value
	 * @param upper the greatest value
	 * @return the range
	 */
	public static <T> Range<T> closed(T lower, T upper) {
		return between(Bound.including(lower), Bound.including(upper));
	}

	/**
	 * All values from one to another, which is not included.
	 * @param <T> the type of the bounds
	 * @param lower the least value
	 * @param upper the first value after the range
	 * @return the range
	 */
	public static <T> Range<T> closedOpen(T lower, T upper) {
		return between(Bound.including(lower), Bound.excluding(upper));
	}

	/**
	 * All values between two, none of which is included.
	 * @param <T> the type of the bounds
	 * @param lower the last value before the range
	 * @param upper the first value after the range
	 * @return the range
	 */
	public static <T> Range<T> open(T lower, T upper) {
		return between(Bound.excluding(lower), Bound.excluding(upper));
	}

	/**
	 * All values after one, up to another, which is included.
	 * @param <T> the type of the bounds
	 * @param lower the last value before the range
	 * @param upper the greatest value
	 * @return the range
	 */
	public static <T> Range<T> openClosed(T lower, T upper) {
		return between(Bound.excluding(lower), Bound.including(upper));
	}

	/**
	 * A value, and all that are greater.
	 * @param <T> the type of the bounds
	 * @param lower the least value
	 * @return the range
	 */
	public static <T> Range<T> atLeast(T lower) {
		return between(Bound.including(lower), null);
	}

	/**
	 * All values that are greater than one.
	 * @param <T> the type of the bounds
	 * @param lower the last value before the range
	 * @return the range
	 */
	public static <T> Range<T> greaterThan(T lower) {
		return between(Bound.excluding(lower), null);
	}

	/**
	 * A value, and all that are less.
	 * @param <T> the type of the bounds
	 * @param upper the greatest value
	 * @return the range
	 */
	public static <T> Range<T> atMost(T upper) {
		return between(null, Bound.including(upper));
	}

	/**
	 * All values that are less than one.
	 * @param <T> the type of the bounds
	 * @param upper the first value after the range
	 * @return the range
	 */
	public static <T> Range<T> lessThan(T upper) {
		return between(null, Bound.excluding(upper));
	}

	/**
	 * All values.
	 * @param <T> the type of the bounds
	 * @return the range
	 */
	public static <T> Range<T> all() {
		return between(null, null);
	}

	/**
	 * No value.
	 * @param <T> the type of the bounds
	 * @return the range
	 */
	public static <T> Range<T> empty() {
		return new Range<>(null, null, true);
	}

	/**
	 * Whether there is no value in it, as far as is known without PostgreSQL.
	 * @return whether it is the empty range
	 */
	public boolean isEmpty() {
		return this.empty;
	}

	/**
	 * Where it begins.
	 * @return the bound, or empty when it has no lower bound
	 */
	public Optional<Bound<T>> lower() {
		return Optional.ofNullable(this.lower);
	}

	/**
	 * Where it ends.
	 * @return the bound, or empty when it has no upper bound
	 */
	public Optional<Bound<T>> upper() {
		return Optional.ofNullable(this.upper);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Range<?> range && this.empty == range.empty && Objects.equals(this.lower, range.lower)
				&& Objects.equals(this.upper, range.upper);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.lower, this.upper, this.empty);
	}

	/**
	 * The range as PostgreSQL reads it, such as {@code [1,5)}.
	 */
	@Override
	public String toString() {
		if (this.empty) {
			return EMPTY;
		}
		String begin = (this.lower != null && this.lower.inclusive()) ? "[" : "(";
		String end = (this.upper != null && this.upper.inclusive()) ? "]" : ")";
		return begin + text(this.lower) + "," + text(this.upper) + end;
	}

	private static String text(@Nullable Bound<?> bound) {
		return (bound != null) ? Literals.element(bound.value()) : "";
	}

	/**
	 * One end of a range.
	 *
	 * @param <T> the type of the value
	 * @param value the value
	 * @param inclusive whether the value itself belongs to the range
	 */
	public record Bound<T>(T value, boolean inclusive) {

		static <T> Bound<T> including(T value) {
			return new Bound<>(Objects.requireNonNull(value, "A bound of a range is null"), true);
		}

		static <T> Bound<T> excluding(T value) {
			return new Bound<>(Objects.requireNonNull(value, "A bound of a range is null"), false);
		}

	}

}
