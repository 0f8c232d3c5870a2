package dev.dbpool.embedded;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * What is read from a compressed archive, whatever decompresses it.
 */
@Isolated("a process that starts inherits sockets for a moment, so that closed ports accept")
class XzArchiveTests {

	@TempDir
	private Path directory;

	@Test
	void contentIsReadAndNoFileIsLeft() throws IOException {
		byte[] content = content();
		try (XzArchive archive = archive(compress(content)); InputStream plain = archive.open()) {
			assertThat(plain.readAllBytes()).isEqualTo(content);
		}
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void damageIsReported() throws IOException {
		byte[] compressed = compress(content());
		try (XzArchive archive = archive(Arrays.copyOf(compressed, compressed.length / 2));
				InputStream plain = archive.open()) {
			assertThatIOException().isThrownBy(plain::readAllBytes);
		}
		assertThat(this.directory).isEmptyDirectory();
	}

	private XzArchive archive(byte[] compressed) throws IOException {
		return new XzArchive(new ByteArrayInputStream(compressed), this.directory.resolve("archive.txz"));
	}

	private static byte[] content() {
		byte[] content = new byte[100_000];
		new Random(20_26).nextBytes(content);
		return content;
	}

	private static byte[] compress(byte[] content) throws IOException {
		ByteArrayOutputStream compressed = new ByteArrayOutputStream();
		try (XZOutputStream xz = new XZOutputStream(compressed, new LZMA2Options(0))) {
			xz.write(content);
		}
		return compressed.toByteArray();
	}

}
