package dev.dbpool.autoconfigure.health;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import dev.dbpool.client.OperationListener;
import dev.dbpool.client.OperationOutcome;

/**
 * The error window of each pool.
 */
final class ErrorWindows implements OperationListener {

	private final Map<String, ErrorWindow> windows = new ConcurrentHashMap<>();

	private final Function<String, Duration> length;

	ErrorWindows(Function<String, Duration> length) {
		this.length = length;
	}

	ErrorWindow of(String pool) {
		ErrorWindow known = this.windows.get(pool);
		return (known != null) ? known
				: this.windows.computeIfAbsent(pool, (name) -> new ErrorWindow(this.length.apply(name)));
	}

	@Override
	public void onEnd(OperationOutcome outcome) {
		of(outcome.operation().pool()).onEnd(outcome);
	}

}
