package dev.dbpool.embedded;

import java.util.function.Supplier;

/**
 * PostgreSQL and PostgREST as Docker containers, by Testcontainers: the counterpart of
 * {@link EmbeddedPostgrest}, with the images that production may run. Needs the
 * dependency {@code org.testcontainers:testcontainers}, which this module does not bring
 * along, and a Docker engine.
 * <p>
 * The containers end with {@link #close()}, with the JVM, or, when the JVM is killed, by
 * Testcontainers' own clean-up. Their ports are on the loopback interface when the engine
 * runs on this machine, and on all interfaces of the engine's machine otherwise.
 * {@link ServerControl#pid()} is always empty.
 */
public final class ContainerPostgrest extends RunningPostgrest {

	/**
	 * The image of PostgreSQL by default.
	 */
	public static final String POSTGRES_IMAGE = "postgres:18-alpine";

	/**
	 * The image of PostgREST by default: the version that {@link EmbeddedPostgrest}
	 * brings along.
	 */
	public static final String POSTGREST_IMAGE = "postgrest/postgrest:v" + PostgrestProgram.VERSION;

	private ContainerPostgrest(Settings settings, ContainerStarter starter) {
		super(settings, starter);
	}

	/**
	 * Starts both servers with the defaults and an empty database.
	 * @return the running servers
	 * @throws EmbeddedPostgrestException if they did not start
	 */
	public static ContainerPostgrest start() {
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
	 * Returns whether Testcontainers finds a Docker engine. The first call takes about a
	 * second, later ones nothing. Made for JUnit's {@code @EnabledIf}.
	 * @return whether a Docker engine answers
	 * @throws EmbeddedPostgrestException if Testcontainers is not on the class path
	 */
	public static boolean isDockerAvailable() {
		// a method reference would load the class here, outside of the try
		return withTestcontainers(() -> DockerEngine.isAvailable());
	}

	private static <T> T withTestcontainers(Supplier<T> action) {
		try {
			return action.get();
		}
		catch (NoClassDefFoundError ex) {
			throw new EmbeddedPostgrestException("ContainerPostgrest needs Testcontainers on the class path. "
					+ "Add the dependency org.testcontainers:testcontainers", ex);
		}
	}

	/**
	 * Describes the servers to start. Not for use by several threads.
	 */
	public static final class Builder extends StackBuilder<Builder> {

		private String postgresImage = POSTGRES_IMAGE;

		private String postgrestImage = POSTGREST_IMAGE;

		private Builder() {
		}

		@Override
		Builder self() {
			return this;
		}

		/**
		 * Sets the image of PostgreSQL.
		 * @param image {@code postgres} or one that is made from it, with a tag; by
		 * default {@value ContainerPostgrest#POSTGRES_IMAGE}
		 * @return this builder
		 */
		public Builder postgresImage(String image) {
			this.postgresImage = image;
			return this;
		}

		/**
		 * Sets the image of PostgREST.
		 * @param image {@code postgrest/postgrest} or one that is made from it, with a
		 * tag; by default {@value ContainerPostgrest#POSTGREST_IMAGE}
		 * @return this builder
		 */
		public Builder postgrestImage(String image) {
			this.postgrestImage = image;
			return this;
		}

		/**
		 * Pulls the images that are missing, starts both servers, runs the scripts and
		 * waits until PostgREST answers.
		 * @return the running servers
		 * @throws EmbeddedPostgrestException if Testcontainers is not on the class path,
		 * no Docker engine answers, an image is unavailable, a server did not start, or a
		 * script failed; nothing is left running then
		 */
		public ContainerPostgrest start() {
			ContainerStarter starter = new ContainerStarter(this.postgresImage, this.postgrestImage);
			return withTestcontainers(() -> new ContainerPostgrest(settings(), starter));
		}

	}

}
