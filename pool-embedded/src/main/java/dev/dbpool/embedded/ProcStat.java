package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What Linux says of a process in {@code /proc/<pid>/stat}, see proc(5).
 */
record ProcStat(char state, int threads, String startTicks) {

	private static final int STATE = 0;

	private static final int THREADS = 17;

	private static final int START_TICKS = 19;

	/**
	 * Reads the state of a process.
	 * @return the state, or empty when there is no such process or no such file system
	 */
	static Optional<ProcStat> read(long pid) {
		try {
			return Optional.of(parse(Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1)));
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

	static ProcStat parse(String line) {
		// the second field is a name in parentheses that may hold anything
		String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
		return new ProcStat(fields[STATE].charAt(0), Integer.parseInt(fields[THREADS]), fields[START_TICKS]);
	}

	boolean isStopped() {
		return this.state == 'T' || this.state == 't' || isDead();
	}

	/**
	 * Whether the process has ended, even if its parent has not asked for its exit status
	 * yet. The state is that of its first thread: as long as there are others, its files
	 * and ports are open.
	 */
	boolean isDead() {
		return (this.state == 'Z' || this.state == 'X') && this.threads <= 1;
	}

}
