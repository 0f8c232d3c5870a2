package dev.dbpool.embedded;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Makes PostgREST load the schema again.
 *
 * @param signal sends SIGUSR1, and throws an {@link IllegalStateException} if PostgREST
 * does not run
 * @param log what PostgREST has written so far
 */
record SchemaReload(Runnable signal, Supplier<LogText> log, Duration timeout) {

	/**
	 * The one line that each load ends with. From 12.1 on there is another one before it,
	 * which goes on with a number of relations.
	 */
	private static final Pattern LOADED = Pattern.compile("Schema cache loaded(?! \\d)");

	/**
	 * After this long a signal may have been lost: PostgREST drops those that it gets
	 * while it loads.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	/**
	 * Waits for a load that began after this call: the first that ends may have begun
	 * before, the second has not.
	 */
	void run() {
		awaitNextLoad();
		awaitNextLoad();
	}

	private void awaitNextLoad() {
		long loads = loads();
		long start = System.nanoTime();
		while (System.nanoTime() - start < this.timeout.toNanos()) {
			this.signal.run();
			if (Await.until(PATIENCE, () -> loads() > loads)) {
				return;
			}
		}
		throw new EmbeddedPostgrestException("PostgREST did not load the schema within %s. It wrote:%n%s"
			.formatted(this.timeout, this.log.get().tail()));
	}

	private long loads() {
		return this.log.get().count(LOADED);
	}

}
