package dev.dbpool.benchmark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The options of a benchmark, {@code --name} or {@code --name=value}. Each is taken once;
 * what nobody took is refused in the end.
 */
public final class CommandLine {

	private final Map<String, String> options = new LinkedHashMap<>();

	/**
	 * Splits the arguments.
	 * @param arguments the arguments of a main method
	 */
	public CommandLine(String... arguments) {
		for (String argument : arguments) {
			String[] parts = argument.split("=", 2);
			this.options.put(parts[0], (parts.length > 1) ? parts[1] : "");
		}
	}

	/**
	 * Takes an option without a value.
	 * @param option the option
	 * @return whether it was given
	 */
	public boolean flag(String option) {
		return this.options.remove(option) != null;
	}

	/**
	 * Takes an option whose values are named, separated by commas.
	 * @param <T> the type of value
	 * @param option the option
	 * @param all all values, which are the default as well
	 * @param ids the names
	 * @return the values in the order given
	 */
	public <T> List<T> list(String option, T[] all, Function<T, String> ids) {
		String value = this.options.remove(option);
		return (value == null) ? List.of(all)
				: Arrays.stream(value.split(",")).map((id) -> named(id, all, ids)).toList();
	}

	/**
	 * Takes an option whose values are numbers above zero, separated by commas.
	 * @param option the option
	 * @param defaults what to take when the option was not given
	 * @return the numbers in the order given
	 */
	public List<Integer> numbers(String option, Integer... defaults) {
		String value = this.options.remove(option);
		return (value == null) ? List.of(defaults) : Arrays.stream(value.split(",")).map(CommandLine::number).toList();
	}

	/**
	 * Takes an option whose value is a number above zero.
	 * @param option the option
	 * @param defaultValue what to take when the option was not given
	 * @return the number
	 */
	public int number(String option, int defaultValue) {
		String value = this.options.remove(option);
		return (value != null) ? number(value) : defaultValue;
	}

	/**
	 * Takes an option whose value is a number of milliseconds.
	 * @param option the option
	 * @param defaultValue what to take when the option was not given
	 * @return the time
	 */
	public Duration millis(String option, int defaultValue) {
		return Duration.ofMillis(number(option, defaultValue));
	}

	/**
	 * Takes an option whose value is a file.
	 * @param option the option
	 * @param defaultValue what to take when the option was not given
	 * @return the file
	 */
	public Path path(String option, String defaultValue) {
		String value = this.options.remove(option);
		return Path.of((value != null) ? value : defaultValue);
	}

	/**
	 * Refuses what was not taken.
	 * @throws IllegalArgumentException if an option is left
	 */
	public void refuseOthers() {
		if (!this.options.isEmpty()) {
			throw new IllegalArgumentException("There is no option " + this.options.keySet().iterator().next());
		}
	}

	/**
	 * Writes the names of all values of an option.
	 * @param <T> the type of value
	 * @param all all values
	 * @param ids the names
	 * @return the names, separated by commas
	 */
	public static <T> String join(T[] all, Function<T, String> ids) {
		return String.join(",", Arrays.stream(all).map(ids).toList());
	}

	private static <T> T named(String id, T[] all, Function<T, String> ids) {
		return Arrays.stream(all)
			.filter((candidate) -> ids.apply(candidate).equals(id))
			.findFirst()
			.orElseThrow(
					() -> new IllegalArgumentException("'" + id + "' is none of " + join(all, ids).replace(",", ", ")));
	}

	private static int number(String value) {
		int number = value.matches("[0-9]{1,7}") ? Integer.parseInt(value) : 0;
		if (number < 1) {
			throw new IllegalArgumentException("'" + value + "' is not a number above zero");
		}
		return number;
	}

}
