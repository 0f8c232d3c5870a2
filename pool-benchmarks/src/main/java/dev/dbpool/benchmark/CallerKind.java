package dev.dbpool.benchmark;

import java.util.Locale;
import java.util.function.Consumer;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What a caller is.
 */
enum CallerKind {

	/** A subscriber, which sends its next request on the thread of its last answer. */
	REACTIVE("reactive callers", Runnable::run),

	/** A platform thread that blocks. */
	PLATFORM("callers that block platform threads", Threads::startPlatform),

	/** A virtual thread that blocks. */
	VIRTUAL("callers that block virtual threads", Threads::startVirtual);

	private final String title;

	private final Consumer<Runnable> threads;

	CallerKind(String title, Consumer<Runnable> threads) {
		this.title = title;
		this.threads = threads;
	}

	String title() {
		return this.title;
	}

	/**
	 * Runs a task on a thread of this kind.
	 */
	void start(Runnable task) {
		this.threads.accept(task);
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT);
	}

	/**
	 * Reads a kind that this JDK has.
	 */
	static final class Converter implements ITypeConverter<CallerKind> {

		@Override
		public CallerKind convert(String value) {
			for (CallerKind kind : values()) {
				if (kind.toString().equals(value)) {
					if (kind == VIRTUAL && !Threads.areVirtualAvailable()) {
						throw new TypeConversionException("'virtual' needs JDK 21 or later, and this is JDK "
								+ Runtime.version().feature() + ": run Maven on a later JDK, or leave it out");
					}
					return kind;
				}
			}
			throw new TypeConversionException(
					"'" + value + "' is no kind of caller: use reactive, platform or virtual");
		}

	}

}
