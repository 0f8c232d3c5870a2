package dev.dbpool.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

import org.tukaani.xz.XZInputStream;

/**
 * A compressed archive, which the {@code xz} of the system decompresses in a fraction of
 * the time that it takes in Java. Where there is none, or it fails, it is done in Java.
 */
final class XzArchive implements AutoCloseable {

	private final Path compressed;

	private final Path plain;

	/**
	 * Copies an archive.
	 * @param archive the archive
	 * @param file where it is until this is closed
	 */
	XzArchive(InputStream archive, Path file) throws IOException {
		this.compressed = file;
		this.plain = file.resolveSibling(file.getFileName() + ".plain");
		Files.copy(archive, file);
	}

	InputStream open() throws IOException {
		return new BufferedInputStream(isDecompressed() ? Files.newInputStream(this.plain)
				: new XZInputStream(new BufferedInputStream(Files.newInputStream(this.compressed))));
	}

	private boolean isDecompressed() {
		try {
			return new ProcessBuilder("xz", "--decompress", "--stdout").redirectInput(this.compressed.toFile())
				.redirectOutput(this.plain.toFile())
				.redirectError(ProcessBuilder.Redirect.DISCARD)
				.start()
				.onExit()
				.join()
				.exitValue() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	@Override
	public void close() throws IOException {
		Files.deleteIfExists(this.plain);
		Files.deleteIfExists(this.compressed);
	}

}
