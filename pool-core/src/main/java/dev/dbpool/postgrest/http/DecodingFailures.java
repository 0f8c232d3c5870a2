package dev.dbpool.postgrest.http;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;

/**
 * Says of a row that cannot be read which row it is, which column of it, and as which
 * type it was read.
 */
final class DecodingFailures {

	private DecodingFailures() {
	}

	/**
	 * Describes a failure.
	 * @param failure what was thrown
	 * @param type the type of a row
	 * @param before how many rows were read before, unless the failure knows which row it
	 * belongs to
	 */
	static RuntimeException of(Throwable failure, ResolvableType type, long before) {
		JacksonException unfit = find(failure);
		if (unfit == null) {
			return (failure instanceof DecodingException || failure instanceof DataBufferLimitException)
					? (RuntimeException) failure : decodingException(String.valueOf(failure), failure);
		}
		List<JacksonException.Reference> path = unfit.getPath();
		boolean inList = !path.isEmpty() && path.get(0).getPropertyName() == null;
		long row = inList ? path.get(0).getIndex() : before;
		String column = path.stream().skip(inList ? 1 : 0).map(DecodingFailures::step).collect(Collectors.joining());
		return decodingException("row " + (row + 1) + (column.isEmpty() ? "" : ", column '" + column.substring(1) + "'")
				+ ", as " + type.toClass().getSimpleName() + ": " + message(unfit), failure);
	}

	private static String step(JacksonException.Reference reference) {
		return "." + ((reference.getPropertyName() != null) ? reference.getPropertyName()
				: String.valueOf(reference.getIndex()));
	}

	private static @Nullable JacksonException find(Throwable failure) {
		return Stream.iterate(failure, (cause) -> cause != null, Throwable::getCause)
			.filter(JacksonException.class::isInstance)
			.map(JacksonException.class::cast)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Leaves the cause out where its message, which quotes the answer, is not fit for a
	 * log.
	 */
	private static DecodingException decodingException(String message, Throwable failure) {
		boolean printable = Stream.iterate(failure, (cause) -> cause != null, Throwable::getCause)
			.allMatch((cause) -> ForeignText.isPrintable(message(cause)));
		String text = ForeignText.printable(message);
		DecodingException described = printable ? new DecodingException(text, failure) : new DecodingException(text);
		if (!printable) {
			described.setStackTrace(failure.getStackTrace());
		}
		return described;
	}

	/**
	 * Returns the message without the lines that Jackson adds to its own.
	 */
	private static String message(Throwable thrown) {
		return String.valueOf((thrown instanceof JacksonException ex) ? ex.getOriginalMessage() : thrown.getMessage());
	}

}
