package dev.dbpool.embedded;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.RemoteDockerImage;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.ResourceReaper;

/**
 * The Docker engine that Testcontainers finds. What is created here has the labels by
 * which Testcontainers clears up after a JVM that was killed.
 */
final class DockerEngine {

	private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1");

	/**
	 * Readable for the user that the image runs as. A container has no other users.
	 */
	private static final int FILE_MODE = 0444;

	private final DockerClient client;

	private final boolean local;

	private final String host;

	private DockerEngine(DockerClient client, String host) {
		this.client = client;
		this.local = LOCAL.contains(host);
		this.host = this.local ? "127.0.0.1" : host;
	}

	static boolean isAvailable() {
		return DockerClientFactory.instance().isDockerAvailable();
	}

	static DockerEngine connect() {
		DockerClientFactory factory = DockerClientFactory.instance();
		try {
			DockerClient client = factory.client();
			ResourceReaper.instance().registerLabelsFilterForCleanup(labels());
			return new DockerEngine(client, factory.dockerHostIpAddress());
		}
		catch (IllegalStateException ex) {
			throw new EmbeddedPostgrestException(
					"no Docker engine answers. Start one, or use EmbeddedPostgrest, which needs none", ex);
		}
	}

	private static Map<String, String> labels() {
		Map<String, String> labels = new HashMap<>(DockerClientFactory.DEFAULT_LABELS);
		labels.put(DockerClientFactory.TESTCONTAINERS_SESSION_ID_LABEL, DockerClientFactory.SESSION_ID);
		return labels;
	}

	/**
	 * Where the ports of the containers are: this machine, or the one of the engine.
	 */
	String host() {
		return this.host;
	}

	/**
	 * Pulls an image if it is not there.
	 * @return the name to create containers with
	 */
	String pull(String image) {
		try {
			return new RemoteDockerImage(DockerImageName.parse(image)).get();
		}
		catch (RuntimeException ex) {
			throw new EmbeddedPostgrestException(
					"the image %s could not be pulled: %s".formatted(image, ex.getMessage()), ex);
		}
	}

	/**
	 * Creates a network, which is removed at the cleanup.
	 * @return its id
	 */
	String createNetwork(Cleanup cleanup) {
		try {
			String id = this.client.createNetworkCmd()
				.withName("dbpool-" + UUID.randomUUID())
				.withLabels(labels())
				.exec()
				.getId();
			cleanup.add(() -> this.client.removeNetworkCmd(id).exec());
			return id;
		}
		catch (DockerException ex) {
			throw new EmbeddedPostgrestException("a Docker network could not be created: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Creates a container that is not started yet, and is removed at the cleanup.
	 */
	Container create(Specification specification, Cleanup cleanup) {
		try {
			Container container = new Container(this.client, create(specification));
			cleanup.add(container::remove);
			this.client.copyArchiveToContainerCmd(container.id())
				.withRemotePath("/")
				.withTarInputStream(archive(specification.files()))
				.exec();
			return container;
		}
		catch (DockerException ex) {
			throw new EmbeddedPostgrestException(
					"a container of %s could not be created: %s".formatted(specification.image(), ex.getMessage()), ex);
		}
	}

	private String create(Specification specification) {
		return this.client.createContainerCmd(specification.image())
			.withLabels(labels())
			.withEnv(specification.environment())
			.withCmd(specification.command())
			.withExposedPorts(specification.ports().keySet().stream().map(ExposedPort::tcp).toList())
			.withHostConfig(HostConfig.newHostConfig()
				.withNetworkMode(specification.network())
				.withPortBindings(specification.ports()
					.entrySet()
					.stream()
					.map((port) -> new PortBinding(binding(port.getValue()), ExposedPort.tcp(port.getKey())))
					.toList()))
			.withAliases(specification.alias())
			.exec()
			.getId();
	}

	/**
	 * The ports of an engine on this machine are for this machine alone.
	 */
	private Ports.Binding binding(int port) {
		return this.local ? Ports.Binding.bindIpAndPort(this.host, port) : Ports.Binding.bindPort(port);
	}

	private static InputStream archive(Map<String, String> files) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (TarArchiveOutputStream archive = new TarArchiveOutputStream(bytes)) {
			for (Map.Entry<String, String> file : files.entrySet()) {
				byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
				TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
				entry.setMode(FILE_MODE);
				entry.setSize(content.length);
				archive.putArchiveEntry(entry);
				archive.write(content);
				archive.closeArchiveEntry();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return new ByteArrayInputStream(bytes.toByteArray());
	}

	/**
	 * What a container is made of.
	 *
	 * @param alias its host name in the network
	 * @param ports the port of the engine's machine for each port of the container, the
	 * same through restarts
	 * @param files the content for each file of the root directory; secrets belong here,
	 * since every client of the engine sees the environment and the command line
	 */
	record Specification(String image, String network, String alias, List<String> environment, List<String> command,
			Map<Integer, Integer> ports, Map<String, String> files) {

		@Override
		public String toString() {
			return this.image;
		}

	}

}
