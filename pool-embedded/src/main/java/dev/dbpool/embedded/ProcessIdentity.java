package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process that cannot be mistaken for a later one with the same id.
 *
 * @param pid the process id
 * @param start what distinguishes it from another process with the same id: on Linux the
 * boot of the system, the process namespace and the start time in clock ticks (an instant
 * would shift when the clock is set), elsewhere the instant of its start
 */
record ProcessIdentity(long pid, Start start) {

	private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

	private static final Path NAMESPACE = Path.of("/proc/self/ns/pid");

	private static final String UNKNOWN = "-";

	static ProcessIdentity current() {
		long pid = ProcessHandle.current().pid();
		return of(pid).orElseGet(() -> new ProcessIdentity(pid, new Start(UNKNOWN, UNKNOWN, UNKNOWN)));
	}

	/**
	 * The identity of a live process.
	 */
	static Optional<ProcessIdentity> of(long pid) {
		return startTime(pid).map((time) -> new ProcessIdentity(pid, new Start(boot(), namespace(), time)));
	}

	/**
	 * Reads what {@link #toString()} wrote.
	 */
	static Optional<ProcessIdentity> parse(String text) {
		String[] words = text.strip().split(" ");
		if (words.length != 4 || !words[0].matches("\\d{1,18}")) {
			return Optional.empty();
		}
		return Optional.of(new ProcessIdentity(Long.parseLong(words[0]), new Start(words[1], words[2], words[3])));
	}

	/**
	 * Returns whether this very process is surely gone. A process of another container,
	 * whose processes cannot be seen from here, is not surely gone.
	 */
	boolean isGone() {
		if (!this.start.boot().equals(boot())) {
			return true;
		}
		return this.start.namespace().equals(namespace()) && handle().isEmpty();
	}

	/**
	 * The handle of this very process, if it is alive and can be seen from here.
	 */
	Optional<ProcessHandle> handle() {
		return ProcessHandle.of(this.pid)
			.filter((handle) -> of(this.pid).filter((other) -> other.start().equals(this.start)).isPresent());
	}

	@Override
	public String toString() {
		return this.pid + " " + this.start.boot() + " " + this.start.namespace() + " " + this.start.time();
	}

	private static Optional<String> startTime(long pid) {
		Optional<ProcStat> stat = ProcStat.read(pid);
		if (stat.isPresent()) {
			return stat.filter((value) -> !value.isDead()).map(ProcStat::startTicks);
		}
		return ProcessHandle.of(pid).flatMap((handle) -> handle.info().startInstant()).map(Object::toString);
	}

	private static String boot() {
		try {
			return Files.readString(BOOT_ID).strip();
		}
		catch (IOException ex) {
			return UNKNOWN;
		}
	}

	private static String namespace() {
		try {
			return Files.readSymbolicLink(NAMESPACE).toString();
		}
		catch (IOException | UnsupportedOperationException ex) {
			return UNKNOWN;
		}
	}

	/**
	 * When and where a process started.
	 */
	record Start(String boot, String namespace, String time) {

	}

}
