package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ports that two JVMs want.
 */
@Timeout(60)
class LoopbackPortsIntegrationTests {

	@TempDir
	Path directory;

	@Test
	void aPortBelongsToOneJvmUntilThatReleasesItOrIsKilled() throws IOException {
		int port = LoopbackPorts.take();
		try (ChildJvm other = ChildJvm.start(this.directory)) {
			assertThat(other.reserve(port)).isFalse();
			LoopbackPorts.release(port);
			assertThat(other.reserve(port)).isTrue();
			assertThat(LoopbackPorts.reserve(port)).isFalse();
			other.kill();
			assertThat(LoopbackPorts.reserve(port)).isTrue();
		}
		finally {
			LoopbackPorts.release(port);
		}
	}

}
