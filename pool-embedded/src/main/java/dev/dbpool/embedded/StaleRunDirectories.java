package dev.dbpool.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clears up after JVMs that were killed: ends the servers that they left behind and
 * removes their run directories. Several JVMs may do so concurrently: a lock on the owner
 * file of a directory lets only one of them touch it.
 */
final class StaleRunDirectories {

	private static final Logger logger = LoggerFactory.getLogger(StaleRunDirectories.class);

	/**
	 * The age from which a directory without a legible owner is taken for abandoned. Its
	 * owner writes the name immediately.
	 */
	private static final Duration UNOWNED_AGE = Duration.ofMinutes(1);

	private StaleRunDirectories() {
	}

	/**
	 * Clears up what dead JVMs of this user left beside a run directory of this JVM.
	 * Never fails: what cannot be cleared up is logged and left.
	 */
	static void cleanBeside(RunDirectory own) {
		for (Path path : candidates(own.path())) {
			try {
				clean(new RunDirectory(path));
			}
			catch (IOException | RuntimeException ex) {
				logger.warn("The run directory {} of a dead JVM could not be cleared up", path, ex);
			}
		}
	}

	private static List<Path> candidates(Path own) {
		try (Stream<Path> siblings = Files.list(own.resolveSibling(""))) {
			UserPrincipal user = Files.getOwner(own);
			return siblings.filter((path) -> path.getFileName().toString().startsWith(RunDirectory.PREFIX))
				.filter((path) -> !path.equals(own))
				.filter((path) -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
				.filter((path) -> isOwnedBy(user, path))
				.toList();
		}
		catch (IOException | UncheckedIOException ex) {
			logger.warn("The run directories of dead JVMs could not be looked for beside {}", own, ex);
			return List.of();
		}
	}

	private static boolean isOwnedBy(UserPrincipal user, Path path) {
		try {
			return Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).equals(user);
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static void clean(RunDirectory directory) throws IOException {
		if (!directory.owner().map(ProcessIdentity::isGone).orElseGet(() -> isOld(directory.path()))) {
			return;
		}
		Path owner = directory.resolve(RunDirectory.OWNER);
		if (!Files.exists(owner)) {
			directory.delete();
			return;
		}
		try (FileChannel channel = FileChannel.open(owner, StandardOpenOption.WRITE);
				FileLock lock = channel.tryLock()) {
			// the file is gone when another JVM was faster between our open and our lock
			if (lock != null && Files.exists(owner)) {
				logger.info("Clearing up {} after a JVM that ended without closing its servers", directory);
				directory.processes().forEach((process) -> new ProcessTree(process).kill());
				SharedMemory.remove(directory.resolve(PostgresServer.DATA));
				directory.delete();
			}
		}
		catch (NoSuchFileException | OverlappingFileLockException ex) {
			logger.debug("{} is being cleared up by another JVM", directory);
		}
	}

	private static boolean isOld(Path path) {
		try {
			return Files.getLastModifiedTime(path).toInstant().isBefore(Instant.now().minus(UNOWNED_AGE));
		}
		catch (IOException ex) {
			return false;
		}
	}

}
