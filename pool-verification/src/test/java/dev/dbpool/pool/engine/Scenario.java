package dev.dbpool.pool.engine;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;

/**
 * A race written down for Lincheck: what happens before, on each thread, and after, such
 * as {@code "acquire 1; acquire 2"}, {@code "release 1 | cancel 2"}, {@code "state 2"}.
 *
 * @param before operations that come first, one after the other
 * @param race operations of each thread
 * @param after operations that come last, one after the other
 */
record Scenario(String before, String race, String after) {

	ExecutionScenario of(Class<?> operations) {
		return new ExecutionScenario(actors(operations, this.before),
				Arrays.stream(this.race.split("\\|")).map((thread) -> actors(operations, thread)).toList(),
				actors(operations, this.after), new Actor(method(operations, "noWaiterIsForgotten"), List.of()));
	}

	private static List<Actor> actors(Class<?> operations, String text) {
		return Stream.of(text.split(";"))
			.map(String::strip)
			.filter((call) -> !call.isEmpty())
			.map((call) -> actor(operations, call.split(" ")))
			.toList();
	}

	private static Actor actor(Class<?> operations, String[] call) {
		List<Integer> arguments = Arrays.stream(call).skip(1).map(Integer::valueOf).toList();
		return new Actor(method(operations, call[0]), arguments);
	}

	private static Method method(Class<?> operations, String name) {
		return Arrays.stream(operations.getMethods())
			.filter((method) -> method.getName().equals(name))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException(operations + " has no operation " + name));
	}

}
