package dev.dbpool.postgrest;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The samples of the pages on queries and writes, and the table against postgrest-js,
 * compiled.
 */
final class Documentation {

	private static final List<Path> SAMPLES = List.of(Path.of("..", "docs", "postgrest.md"),
			Path.of("..", "docs", "writes.md"));

	private static final Path TABLE = Path.of("..", "docs", "postgrest-js.md");

	private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

	private static final Pattern TABLE_ROW = Pattern.compile("\\| (.+?) \\| `(.+?)` \\| ?(.*?) ?\\|");

	private static final String HEAD = """
			import static dev.dbpool.postgrest.Columns.column;

			import java.math.BigDecimal;
			import java.time.*;
			import java.util.*;
			import java.util.stream.*;

			import dev.dbpool.postgrest.*;
			import dev.dbpool.postgrest.error.*;
			import dev.dbpool.postgrest.http.*;
			import dev.dbpool.postgrest.value.*;
			import org.springframework.core.ParameterizedTypeReference;

			public final class Page%s {

				public record Book(long id, String title, BigDecimal price) {
				}

			""";

	private Documentation() {
	}

	static List<String> samples() {
		return SAMPLES.stream()
			.flatMap((page) -> SAMPLE.matcher(read(page)).results())
			.map((sample) -> sample.group(1))
			.toList();
	}

	static List<TableRow> table() {
		return read(TABLE).lines()
			.dropWhile((line) -> !line.startsWith("| postgrest-js | here | sends |"))
			.skip(2)
			.takeWhile((line) -> line.startsWith("|"))
			.map(TABLE_ROW::matcher)
			.peek((row) -> assertThat(row.matches()).isTrue())
			.map((row) -> new TableRow(row.group(1), row.group(2), row.group(3)))
			.toList();
	}

	private static String read(Path page) {
		try {
			return Files.readString(page);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Compiles methods that are called {@code run0} and so on.
	 * @param directory where the class is put
	 * @param name the end of the class's name
	 * @param signature what stands before the number, and after it
	 */
	static Class<?> compile(Path directory, String name, List<String> bodies, String result, String parameters) {
		StringBuilder source = new StringBuilder(HEAD.formatted(name));
		for (int i = 0; i < bodies.size(); i++) {
			source.append("public static ")
				.append(result)
				.append(" run")
				.append(i)
				.append('(')
				.append(parameters)
				.append(") {\n")
				.append(bodies.get(i))
				.append("\n}\n\n");
		}
		source.append("}\n");
		try {
			Path file = Files.writeString(directory.resolve("Page" + name + ".java"), source);
			JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
			StringWriter messages = new StringWriter();
			boolean compiled = compiler
				.getTask(messages, null, null,
						List.of("-d", directory.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"),
						null, compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file))
				.call();
			assertThat(compiled).as(messages.toString()).isTrue();
			return new URLClassLoader(new URL[] { directory.toUri().toURL() }, Documentation.class.getClassLoader())
				.loadClass("Page" + name);
		}
		catch (MalformedURLException | ClassNotFoundException ex) {
			throw new IllegalStateException(ex);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A row of the table against postgrest-js.
	 *
	 * @param theirs the call there
	 * @param ours the call here
	 * @param sends what is sent
	 */
	record TableRow(String theirs, String ours, String sends) {

	}

}
