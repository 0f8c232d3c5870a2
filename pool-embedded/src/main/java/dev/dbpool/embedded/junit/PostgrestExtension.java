package dev.dbpool.embedded.junit;

import java.util.function.Supplier;

import dev.dbpool.embedded.ContainerPostgrest;
import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a {@link PostgrestServer}: by {@link #server()}, or as a parameter of a
 * constructor, a life-cycle method or a test method.
 * <p>
 * In a static field with {@code @RegisterExtension}, or with {@code @ExtendWith} on the
 * class, the server starts before the first test of the class and is closed after the
 * last one, those of nested classes included. In an instance field, every test has a
 * server of its own. The extension does not repair the faults that a test makes: call
 * {@link PostgrestServer#ensureRunning()} for that.
 * <p>
 * The JUnit configuration parameter {@value #DOCKER_PARAMETER} replaces embedded servers
 * by the same servers in Docker, so that the same tests run on both.
 */
public final class PostgrestExtension
		implements ExecutionCondition, BeforeAllCallback, BeforeEachCallback, ParameterResolver {

	private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace
		.create(PostgrestExtension.class);

	/**
	 * The JUnit configuration parameter, or system property, that replaces embedded
	 * servers by {@link ContainerPostgrest}: {@code true} replaces them always,
	 * {@code if-available} skips the tests if no Docker engine answers. By default the
	 * servers are embedded.
	 */
	public static final String DOCKER_PARAMETER = "dbpool.embedded.docker";

	private static final String IF_AVAILABLE = "if-available";

	private final Supplier<? extends PostgrestServer> source;

	private final Supplier<? extends PostgrestServer> dockerSource;

	private volatile @Nullable PostgrestServer server;

	/**
	 * Creates an extension for an embedded server with the defaults and an empty
	 * database.
	 */
	public PostgrestExtension() {
		this(EmbeddedPostgrest::start, ContainerPostgrest::start);
	}

	private PostgrestExtension(Supplier<? extends PostgrestServer> source,
			Supplier<? extends PostgrestServer> dockerSource) {
		this.source = source;
		this.dockerSource = dockerSource;
	}

	/**
	 * Creates an extension for an embedded server.
	 * @param builder the description of the server
	 * @return an extension
	 */
	public static PostgrestExtension of(EmbeddedPostgrest.Builder builder) {
		return new PostgrestExtension(builder::start, () -> builder.inDocker().start());
	}

	/**
	 * Creates an extension for any server, whatever {@link #DOCKER_PARAMETER} is.
	 * @param source starts a server, which the extension closes
	 * @return an extension
	 */
	public static PostgrestExtension of(Supplier<? extends PostgrestServer> source) {
		return new PostgrestExtension(source, source);
	}

	/**
	 * The running server.
	 * @return the server
	 * @throws IllegalStateException before the first test and after the last one
	 */
	public PostgrestServer server() {
		PostgrestServer current = this.server;
		if (current == null) {
			throw new IllegalStateException(
					"the server runs from before the first test to after the last one; register the extension with "
							+ "@RegisterExtension, and ask it for the server in a test or a life-cycle method");
		}
		return current;
	}

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		boolean skip = dockerParameter(context).equals(IF_AVAILABLE) && !ContainerPostgrest.isDockerAvailable();
		return skip
				? ConditionEvaluationResult
					.disabled("no Docker engine answers, and the parameter " + DOCKER_PARAMETER + " is " + IF_AVAILABLE)
				: ConditionEvaluationResult.enabled("the servers can run");
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		start(context);
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		start(context);
	}

	@Override
	public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
		return parameter.getParameter().getType() == PostgrestServer.class;
	}

	@Override
	public PostgrestServer resolveParameter(ParameterContext parameter, ExtensionContext context) {
		return start(context);
	}

	/**
	 * The server of this context or one around it; a new one is closed by JUnit at the
	 * end of this context.
	 */
	private PostgrestServer start(ExtensionContext context) {
		return context.getStore(NAMESPACE)
			.computeIfAbsent(this, (key) -> new Running(this, source(context)), Running.class)
			.server();
	}

	private Supplier<? extends PostgrestServer> source(ExtensionContext context) {
		String parameter = dockerParameter(context);
		return switch (parameter) {
			case "false" -> this.source;
			case "true", IF_AVAILABLE -> this.dockerSource;
			default -> throw new IllegalArgumentException("The parameter %s is \"%s\". Set it to true, false or %s"
				.formatted(DOCKER_PARAMETER, parameter, IF_AVAILABLE));
		};
	}

	private static String dockerParameter(ExtensionContext context) {
		return context.getConfigurationParameter(DOCKER_PARAMETER).orElse("false");
	}

	/**
	 * A started server in JUnit's store.
	 */
	private static final class Running implements AutoCloseable {

		private final PostgrestExtension extension;

		private final PostgrestServer server;

		Running(PostgrestExtension extension, Supplier<? extends PostgrestServer> source) {
			this.extension = extension;
			this.server = source.get();
			extension.server = this.server;
		}

		PostgrestServer server() {
			return this.server;
		}

		@Override
		public void close() {
			this.extension.server = null;
			this.server.close();
		}

	}

}
