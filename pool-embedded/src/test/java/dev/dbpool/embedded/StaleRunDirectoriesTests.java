package dev.dbpool.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which run directories, and which processes, are taken for those of dead JVMs.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the processes of these tests are POSIX programs")
@Tag("slow")
@Isolated("a process that starts inherits sockets for a moment, so that closed ports accept")
class StaleRunDirectoriesTests {

	@TempDir
	private Path parent;

	private RunDirectory own;

	private Process bystander;

	@BeforeEach
	void startBystander() throws IOException {
		this.own = RunDirectory.create(this.parent);
		this.bystander = new ProcessBuilder("cat").start();
	}

	@AfterEach
	void endBystander() {
		this.bystander.destroyForcibly();
	}

	@Test
	void directoryOfALiveJvmStays() {
		RunDirectory other = RunDirectory.create(this.parent);
		StaleRunDirectories.cleanBeside(this.own);
		assertThat(other.path()).exists();
	}

	@Test
	void directoryOfADeadJvmGoesWithItsProcesses() throws IOException {
		RunDirectory dead = stale();
		dead.record(this.bystander);
		StaleRunDirectories.cleanBeside(this.own);
		assertThat(dead.path()).doesNotExist();
		assertThat(this.bystander.onExit().join().exitValue()).isEqualTo(128 + 9);
	}

	@Test
	void processThatGotTheIdOfAServerLivesOn() throws IOException {
		RunDirectory dead = stale();
		dead.record(this.bystander);
		Path record = dead.resolve("processes").resolve(Long.toString(this.bystander.pid()));
		Files.writeString(record, withOtherStart(ProcessIdentity.of(this.bystander.pid()).orElseThrow()).toString());
		StaleRunDirectories.cleanBeside(this.own);
		assertThat(dead.path()).doesNotExist();
		assertThat(this.bystander.isAlive()).isTrue();
	}

	@Test
	void directoryThatAnotherJvmClearsUpStays() throws IOException {
		RunDirectory dead = stale();
		try (FileChannel channel = FileChannel.open(dead.resolve(RunDirectory.OWNER), StandardOpenOption.WRITE);
				FileLock lock = channel.lock()) {
			StaleRunDirectories.cleanBeside(this.own);
			assertThat(lock.isValid()).isTrue();
			assertThat(dead.path()).exists();
		}
		StaleRunDirectories.cleanBeside(this.own);
		assertThat(dead.path()).doesNotExist();
	}

	@Test
	void directoryOfAnotherContainerStays() throws IOException {
		RunDirectory other = RunDirectory.create(this.parent);
		ProcessIdentity current = ProcessIdentity.current();
		Files.writeString(other.resolve(RunDirectory.OWNER), new ProcessIdentity(Integer.MAX_VALUE,
				new ProcessIdentity.Start(current.start().boot(), "pid:[1]", "1"))
			.toString());
		StaleRunDirectories.cleanBeside(this.own);
		assertThat(other.path()).exists();
	}

	@Test
	void directoryFromBeforeTheLastBootGoes() throws IOException {
		RunDirectory other = RunDirectory.create(this.parent);
		Files.writeString(other.resolve(RunDirectory.OWNER),
				new ProcessIdentity(1, new ProcessIdentity.Start("other-boot", "pid:[1]", "1")).toString());
		StaleRunDirectories.cleanBeside(this.own);
		assertThat(other.path()).doesNotExist();
	}

	@Test
	void directoryWithoutAnOwnerGoesWhenItIsOld() throws IOException {
		Path fresh = Files.createDirectory(this.parent.resolve(RunDirectory.PREFIX + "fresh"));
		Path old = Files.createDirectory(this.parent.resolve(RunDirectory.PREFIX + "old"));
		Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(120)));
		StaleRunDirectories.cleanBeside(this.own);
		assertThat(fresh).exists();
		assertThat(old).doesNotExist();
	}

	@Test
	void otherDirectoriesStay() throws IOException {
		Path other = Files.createDirectory(this.parent.resolve("other"));
		Path link = Files.createSymbolicLink(this.parent.resolve(RunDirectory.PREFIX + "link"), other);
		StaleRunDirectories.cleanBeside(this.own);
		assertThat(other).exists();
		assertThat(link).exists();
	}

	private RunDirectory stale() throws IOException {
		RunDirectory directory = RunDirectory.create(this.parent);
		Files.writeString(directory.resolve(RunDirectory.OWNER), withOtherStart(ProcessIdentity.current()).toString());
		return directory;
	}

	private static ProcessIdentity withOtherStart(ProcessIdentity identity) {
		return new ProcessIdentity(identity.pid(),
				new ProcessIdentity.Start(identity.start().boot(), identity.start().namespace(), "1"));
	}

}
