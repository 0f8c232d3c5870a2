package dev.dbpool.embedded;

import java.nio.file.Path;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL and PostgREST as processes of this machine, without Docker, on free ports of
 * the loopback interface. They end with {@link #close()}, with the JVM, or, when the JVM
 * is killed, with the next start of a stack by any JVM of the same user. Until then, all
 * that they have on disk is in one directory below the temporary directory.
 */
public final class EmbeddedPostgrest extends RunningPostgrest {

	/**
	 * The system property that names the PostgREST program to use.
	 */
	public static final String POSTGREST_PROPERTY = "dbpool.embedded.postgrest";

	/**
	 * The system property that names the directory for the run directories; by default
	 * that is {@code java.io.tmpdir}.
	 */
	public static final String DIRECTORY_PROPERTY = "dbpool.embedded.directory";

	private EmbeddedPostgrest(Settings settings, Optional<Path> postgrestBinary) {
		super(settings, new ProcessStarter(postgrestBinary));
	}

	/**
	 * Starts both servers with the defaults and an empty database.
	 * @return the running servers
	 * @throws EmbeddedPostgrestException if they did not start
	 */
	public static EmbeddedPostgrest start() {
		return builder().start();
	}

	/**
	 * Describes the servers to start.
	 * @return a builder with the defaults
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Describes the servers to start. Not for use by several threads.
	 */
	public static final class Builder extends StackBuilder<Builder> {

		private @Nullable Path postgrestBinary;

		private Builder() {
		}

		@Override
		Builder self() {
			return this;
		}

		/**
		 * Sets the PostgREST program. It comes before the system property
		 * {@value EmbeddedPostgrest#POSTGREST_PROPERTY}, a program on the PATH, and the
		 * one on the class path.
		 * @param binary the program file
		 * @return this builder
		 */
		public Builder postgrestBinary(Path binary) {
			this.postgrestBinary = binary;
			return this;
		}

		/**
		 * Describes the same servers as Docker containers. The PostgREST program, if one
		 * is set, is left out.
		 * @return a new builder with the settings of this one
		 */
		public ContainerPostgrest.Builder inDocker() {
			return copyTo(ContainerPostgrest.builder());
		}

		/**
		 * Starts both servers, runs the scripts and waits until PostgREST answers.
		 * @return the running servers
		 * @throws EmbeddedPostgrestException if there is no PostgREST program, a server
		 * did not start, or a script failed; nothing is left running then
		 */
		public EmbeddedPostgrest start() {
			return new EmbeddedPostgrest(settings(), Optional.ofNullable(this.postgrestBinary));
		}

	}

}
