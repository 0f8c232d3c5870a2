package dev.dbpool.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * The command line of a benchmark, whose options are the methods of an annotated
 * interface. An option that is given twice has the last value, since Maven passes the
 * name of the report before the arguments of the user. A list of constants has all of
 * them by default, unless the annotation has a default value.
 *
 * @param <S> the annotated interface
 */
public final class Options<S> {

	private static final String QUICK = "--quick";

	private final Class<S> type;

	private final Map<String, String> quick;

	/**
	 * Creates a command line.
	 * @param type the annotated interface
	 * @param quick the default values with {@code --quick}
	 */
	public Options(Class<S> type, Map<String, String> quick) {
		this.type = type;
		this.quick = quick;
	}

	/**
	 * Reads the arguments.
	 * @param arguments the arguments of a main method
	 * @return the settings
	 * @throws picocli.CommandLine.ParameterException if there is an unknown option or an
	 * invalid value
	 */
	public S parse(String... arguments) {
		CommandLine commandLine = commandLine(arguments);
		commandLine.parseArgs(arguments);
		return commandLine.getCommand();
	}

	/**
	 * Reads the arguments and runs a benchmark, or prints the options: to standard output
	 * if that is what was asked for, and with the error after an unknown option or an
	 * invalid value.
	 * @param benchmark what to run
	 * @param arguments the arguments of a main method
	 * @return the status to exit with: 2 after a wrong argument, 1 if the benchmark threw
	 */
	public int run(Benchmark<S> benchmark, String... arguments) {
		CommandLine commandLine = commandLine(arguments);
		commandLine.setExecutionStrategy((result) -> {
			Integer help = CommandLine.executeHelpRequest(result);
			return (help != null) ? help : run(benchmark, commandLine);
		});
		return commandLine.execute(arguments);
	}

	/**
	 * Writes a report, and makes its directory if it is missing.
	 * @param report the report
	 * @param file where it is written
	 * @throws IOException if it cannot be written
	 */
	public static void write(String report, Path file) throws IOException {
		Path directory = file.toAbsolutePath().getParent();
		if (directory != null) {
			Files.createDirectories(directory);
		}
		Files.writeString(file, report);
	}

	private int run(Benchmark<S> benchmark, CommandLine commandLine) {
		try {
			return benchmark.run(commandLine.getCommand());
		}
		catch (Exception ex) {
			throw new CommandLine.ExecutionException(commandLine, "The benchmark failed", ex);
		}
	}

	private CommandLine commandLine(String... arguments) {
		boolean isQuick = Arrays.asList(arguments).contains(QUICK);
		CommandLine commandLine = new CommandLine(this.type).setOverwrittenOptionsAllowed(true)
			.setDefaultValueProvider((argument) -> defaultValue(argument, isQuick));
		for (OptionSpec option : commandLine.getCommandSpec().options()) {
			registerNames(commandLine, option.auxiliaryTypes()[0]);
		}
		return commandLine;
	}

	/**
	 * Reads the constants of an enum by the names that they have in the help. Picocli
	 * would take and list those in upper case, too.
	 */
	private static <E> void registerNames(CommandLine commandLine, Class<E> type) {
		E[] constants = type.getEnumConstants();
		if (constants != null) {
			commandLine.registerConverter(type,
					(value) -> Arrays.stream(constants)
						.filter((constant) -> constant.toString().equals(value))
						.findFirst()
						.orElseThrow(() -> new TypeConversionException("'%s' is not known: use %s".formatted(value,
								Arrays.stream(constants).map(Object::toString).collect(Collectors.joining(", "))))));
		}
	}

	private @Nullable String defaultValue(ArgSpec argument, boolean isQuick) {
		if (argument.defaultValue() == null && argument.isMultiValue() && argument.auxiliaryTypes()[0].isEnum()) {
			return Arrays.stream(argument.auxiliaryTypes()[0].getEnumConstants())
				.map(Object::toString)
				.collect(Collectors.joining(","));
		}
		return (isQuick && argument instanceof OptionSpec option) ? this.quick.get(option.longestName()) : null;
	}

	/**
	 * What is run with the settings.
	 *
	 * @param <S> the settings
	 */
	@FunctionalInterface
	public interface Benchmark<S> {

		/**
		 * Runs.
		 * @param settings what to run
		 * @return the status to exit with
		 * @throws Exception if it fails
		 */
		int run(S settings) throws Exception;

	}

	/**
	 * Reads a number above zero.
	 */
	public static final class Count implements ITypeConverter<Integer> {

		@Override
		public Integer convert(String value) {
			int number = value.matches("[0-9]{1,7}") ? Integer.parseInt(value) : 0;
			if (number < 1) {
				throw new TypeConversionException("'" + value + "' is not a number above zero: use 1 to 9999999");
			}
			return number;
		}

	}

	/**
	 * Reads a number of milliseconds above zero.
	 */
	public static final class Millis implements ITypeConverter<Duration> {

		@Override
		public Duration convert(String value) {
			return Duration.ofMillis(new Count().convert(value));
		}

	}

}
