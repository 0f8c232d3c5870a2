package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What servers leave behind in a directory, and in the memory of the system.
 */
final class Leftovers {

	private Leftovers() {
	}

	static List<Path> list(Path directory) throws IOException {
		try (Stream<Path> paths = Files.list(directory)) {
			return paths.toList();
		}
	}

	/**
	 * Ends what a failed test left behind.
	 */
	static void cleanUp(Path directory) {
		RunDirectory own = RunDirectory.create(directory);
		StaleRunDirectories.cleanBeside(own);
		own.delete();
	}

	/**
	 * The shared memory segments of the running servers.
	 */
	static List<String> sharedMemory(Path directory) throws IOException {
		List<String> segments = list(directory).stream()
			.map((run) -> run.resolve(PostgresServer.DATA).resolve(SharedMemory.PID_FILE))
			.filter(Files::exists)
			.map(Leftovers::segment)
			.toList();
		assertThat(segments).isNotEmpty();
		assertThat(segments()).containsAll(segments);
		return segments;
	}

	private static String segment(Path pidFile) {
		try {
			return Files.readAllLines(pidFile).get(6).strip().replaceAll(" +", " ");
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	static List<String> segments() throws IOException {
		return Files.readAllLines(Path.of("/proc/sysvipc/shm"))
			.stream()
			.map((line) -> line.strip().split(" +"))
			.map((fields) -> fields[0] + ' ' + fields[1])
			.toList();
	}

	static boolean isAlive(ProcessHandle process) {
		return process.isAlive() && ProcStat.read(process.pid()).filter((stat) -> !stat.isDead()).isPresent();
	}

}
