package dev.dbpool.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The small System V shared memory segment by which PostgreSQL guards its data directory.
 * It outlives a killed PostgreSQL until the next start on the same directory, so without
 * a next start it has to be removed from outside.
 */
final class SharedMemory {

	static final String PID_FILE = "postmaster.pid";

	private static final Logger logger = LoggerFactory.getLogger(SharedMemory.class);

	private static final Path SEGMENTS = Path.of("/proc/sysvipc/shm");

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	/**
	 * The line of the pid file that holds the key and the id of the segment.
	 */
	private static final int SEGMENT_LINE = 6;

	private SharedMemory() {
	}

	/**
	 * Removes what a killed PostgreSQL left of itself outside its files, then its pid
	 * file. To be called when its processes have been killed; those that are still ending
	 * are waited for.
	 */
	static void remove(Path dataDirectory) {
		Path pidFile = dataDirectory.resolve(PID_FILE);
		try {
			if (Files.exists(pidFile)) {
				removeSegment(Files.readAllLines(pidFile));
				Files.deleteIfExists(pidFile);
			}
		}
		catch (IOException | UncheckedIOException ex) {
			logger.warn("The shared memory of the PostgreSQL in {} could not be removed", dataDirectory, ex);
		}
	}

	private static void removeSegment(List<String> pidFile) throws IOException {
		if (pidFile.size() <= SEGMENT_LINE || !Files.isReadable(SEGMENTS)) {
			return;
		}
		String[] keyAndId = pidFile.get(SEGMENT_LINE).strip().split("\\s+");
		if (keyAndId.length != 2 || attached(keyAndId).isEmpty()) {
			return;
		}
		if (Await.until(PATIENCE, () -> attached(keyAndId).orElse(0) == 0) && attached(keyAndId).isPresent()) {
			new ProcessBuilder("ipcrm", "-m", keyAndId[1]).redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.redirectError(ProcessBuilder.Redirect.DISCARD)
				.start()
				.onExit()
				.join();
		}
	}

	/**
	 * Returns how many processes are attached to a segment, if it exists.
	 */
	private static OptionalInt attached(String[] keyAndId) {
		try {
			for (String line : Files.readAllLines(SEGMENTS)) {
				String[] fields = line.strip().split("\\s+");
				// key, id, permissions, size, creator, last user, attached processes
				if (fields[0].equals(keyAndId[0]) && fields[1].equals(keyAndId[1])) {
					return OptionalInt.of(Integer.parseInt(fields[6]));
				}
			}
			return OptionalInt.empty();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
