package dev.dbpool.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * PostgreSQL's programs and an empty database, from which every server of this JVM is
 * made: unpacking and initdb take most of the time of a start, so they run once. The
 * template is in a run directory of its own, which is removed when the JVM ends. A server
 * has hard links to the programs, so that its processes are recognized by the path of
 * their program, and a copy of the database.
 */
final class PostgresTemplate {

	private static final Map<Path, PostgresTemplate> templates = new HashMap<>();

	private final RunDirectory directory;

	private PostgresTemplate(RunDirectory directory) {
		this.directory = directory;
	}

	/**
	 * Fills a run directory with the programs and an empty database.
	 */
	static void copyTo(RunDirectory directory) {
		beside(directory).copy(directory);
	}

	private static synchronized PostgresTemplate beside(RunDirectory directory) {
		Path parent = directory.path().resolveSibling("");
		PostgresTemplate template = templates.get(parent);
		if (template == null || !Files.exists(template.directory.path())) {
			template = create(RunDirectory.create(parent));
			templates.put(parent, template);
		}
		return template;
	}

	private static PostgresTemplate create(RunDirectory directory) {
		OpenStacks.closeLast(directory::delete);
		try {
			initialize(directory,
					PostgresPrograms.unpack(Platform.current(), directory.resolve(PostgresServer.PROGRAMS)));
			return new PostgresTemplate(directory);
		}
		catch (IOException ex) {
			directory.delete();
			throw new UncheckedIOException("the database could not be prepared in " + directory, ex);
		}
		catch (RuntimeException ex) {
			directory.delete();
			throw ex;
		}
	}

	private static void initialize(RunDirectory directory, PostgresPrograms programs) throws IOException {
		Superuser superuser = Superuser.detect(directory);
		Path data = Files.createDirectories(directory.resolve(PostgresServer.DATA));
		Path home = data.resolveSibling("");
		Path passwordFile = home.resolve("password");
		RunDirectory.writeSecret(passwordFile, Secrets.next());
		superuser.handOver(directory, home);
		superuser.handOver(directory, directory.resolve(PostgresServer.PROGRAMS));
		new Launcher(directory).run(
				superuser.wrap(List.of(programs.program("initdb"), "--pgdata=" + data,
						"--username=" + DatabaseLogin.USER, "--pwfile=" + passwordFile, "--auth=scram-sha-256",
						"--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
						"--wal-segsize=4", "--no-sync", "--no-instructions")),
				"", new LogFile(directory.resolve("initdb.log")));
		Files.delete(passwordFile);
	}

	private void copy(RunDirectory target) {
		try {
			for (Path file : files(PostgresServer.PROGRAMS)) {
				link(file, target.resolve(relative(file)));
			}
			for (Path file : files(PostgresServer.HOME)) {
				Files.copy(file, target.resolve(relative(file)), LinkOption.NOFOLLOW_LINKS);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("the database could not be copied to " + target, ex);
		}
	}

	private List<Path> files(String name) throws IOException {
		try (Stream<Path> files = Files.walk(this.directory.resolve(name))) {
			return files.toList();
		}
	}

	private String relative(Path file) {
		return this.directory.path().relativize(file).toString();
	}

	/**
	 * Links a file, or copies it where there are no hard links, and what is not a file.
	 */
	private static void link(Path file, Path target) throws IOException {
		if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
			try {
				Files.createLink(target, file);
				return;
			}
			catch (FileSystemException | UnsupportedOperationException ex) {
				// copied below
			}
		}
		Files.copy(file, target, LinkOption.NOFOLLOW_LINKS);
	}

}
