package dev.dbpool.embedded;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A process with all its descendants, and the signals to them. PostgreSQL's processes are
 * each the leader of a process group of their own, so that a signal to a group reaches
 * one of them only. Therefore the root is stopped first, which keeps it from creating
 * more; then its descendants, which create none, are listed and get the signal one by
 * one.
 */
final class ProcessTree {

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private final ProcessHandle root;

	ProcessTree(ProcessHandle root) {
		this.root = root;
	}

	/**
	 * Stops every process and returns when all are stopped.
	 */
	void pause() {
		stop(List.of(this.root));
		Set<ProcessHandle> stopped = new LinkedHashSet<>();
		for (List<ProcessHandle> more = descendants(stopped); !more.isEmpty(); more = descendants(stopped)) {
			stop(more);
			stopped.addAll(more);
		}
	}

	/**
	 * Lets every process go on, the root last, so that it finds its children as it left
	 * them.
	 */
	void resume() {
		List<ProcessHandle> processes = descendants(Set.of());
		processes.add(this.root);
		signal("CONT", processes);
	}

	/**
	 * Kills every process and returns when none is left.
	 */
	void kill() {
		if (!Platform.current().isWindows()) {
			pause();
		}
		List<ProcessHandle> processes = descendants(Set.of());
		processes.add(this.root);
		processes.forEach(ProcessHandle::destroyForcibly);
		if (!Await.until(PATIENCE, () -> processes.stream().allMatch(ProcessTree::isDead))) {
			throw new EmbeddedPostgrestException(
					"process %d or a descendant of it outlived SIGKILL by %s".formatted(this.root.pid(), PATIENCE));
		}
	}

	/**
	 * Sends a signal to the root alone.
	 */
	void signalRoot(String signal) {
		signal(signal, List.of(this.root));
	}

	private List<ProcessHandle> descendants(Set<ProcessHandle> known) {
		List<ProcessHandle> descendants = new ArrayList<>(this.root.descendants().toList());
		descendants.removeAll(known);
		return descendants;
	}

	private static void stop(Collection<ProcessHandle> processes) {
		signal("STOP", processes);
		if (!Await.until(PATIENCE, () -> processes.stream().allMatch(ProcessTree::isStopped))) {
			throw new EmbeddedPostgrestException("a process went on for %s after SIGSTOP".formatted(PATIENCE));
		}
	}

	private static boolean isStopped(ProcessHandle process) {
		Optional<ProcStat> stat = ProcStat.read(process.pid());
		return stat.isEmpty() || stat.get().isStopped();
	}

	private static boolean isDead(ProcessHandle process) {
		return !process.isAlive() || ProcStat.read(process.pid()).filter(ProcStat::isDead).isPresent();
	}

	/**
	 * Sends a signal with the {@code kill} that every POSIX shell has built in: Java can
	 * send SIGTERM and SIGKILL only. Processes that are gone are passed over.
	 */
	private static void signal(String signal, Collection<ProcessHandle> processes) {
		if (Platform.current().isWindows()) {
			throw new UnsupportedOperationException("Windows has no SIG" + signal);
		}
		List<String> command = new ArrayList<>(
				List.of("/bin/sh", "-c", "for pid; do kill -s " + signal + " \"$pid\" || true; done", "sh"));
		processes.stream()
			.filter(ProcessHandle::isAlive)
			.map((process) -> Long.toString(process.pid()))
			.forEach(command::add);
		try {
			Process shell = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.redirectError(ProcessBuilder.Redirect.DISCARD)
				.start();
			shell.waitFor();
		}
		catch (IOException ex) {
			throw new EmbeddedPostgrestException("SIG" + signal + " could not be sent: /bin/sh did not start", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EmbeddedPostgrestException("interrupted while sending SIG" + signal, ex);
		}
	}

}
