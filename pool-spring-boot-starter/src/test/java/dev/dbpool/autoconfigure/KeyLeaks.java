package dev.dbpool.autoconfigure;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Looks for the keys of the servers in all that is printed while the tests of the module
 * run, and in all answers of their applications. Fails the test class in which one is
 * found.
 */
public final class KeyLeaks implements BeforeAllCallback, AfterAllCallback {

	private static final AtomicBoolean installed = new AtomicBoolean();

	private static final Set<String> keys = ConcurrentHashMap.newKeySet();

	private static final Queue<String> found = new ConcurrentLinkedQueue<>();

	/**
	 * Adds a key to look for.
	 */
	static void watch(String key) {
		keys.add(key);
	}

	/**
	 * Looks for the keys in a text.
	 * @param place where the text comes from
	 */
	static void check(String place, String text) {
		for (String key : keys) {
			if (text.contains(key)) {
				found.add(place + ": " + text.replace(key, "<KEY>").strip());
			}
		}
	}

	/**
	 * Returns what was found since the last call.
	 */
	static List<String> drain() {
		List<String> drained = new ArrayList<>();
		for (String one = found.poll(); one != null; one = found.poll()) {
			drained.add(one);
		}
		return drained;
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		if (installed.compareAndSet(false, true)) {
			System.setOut(watched(System.out));
			System.setErr(watched(System.err));
		}
	}

	private static PrintStream watched(PrintStream original) {
		return new PrintStream(new Lines(original), true, StandardCharsets.UTF_8);
	}

	@Override
	public void afterAll(ExtensionContext context) {
		assertThat(drain()).as("keys in the output or in answers").isEmpty();
	}

	/**
	 * Passes everything on and checks each line. Used under the lock of its stream.
	 */
	private static final class Lines extends OutputStream {

		private final PrintStream original;

		private final ByteArrayOutputStream line = new ByteArrayOutputStream();

		Lines(PrintStream original) {
			this.original = original;
		}

		@Override
		public void write(int character) {
			this.original.write(character);
			add(character);
		}

		@Override
		public void write(byte[] bytes, int offset, int length) {
			this.original.write(bytes, offset, length);
			for (int i = offset; i < offset + length; i++) {
				add(bytes[i]);
			}
		}

		private void add(int character) {
			if (character == '\n') {
				check("output", this.line.toString(StandardCharsets.UTF_8));
				this.line.reset();
			}
			else {
				this.line.write(character);
			}
		}

		@Override
		public void flush() {
			this.original.flush();
		}

	}

}
