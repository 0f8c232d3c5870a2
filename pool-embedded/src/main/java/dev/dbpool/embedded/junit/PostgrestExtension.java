package dev.dbpool.embedded.junit;

import java.util.function.Supplier;

import dev.dbpool.embedded.EmbeddedPostgrest;
import dev.dbpool.embedded.PostgrestServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
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
 * server of its own. The extension does not mend the faults that a test makes: call
 * {@link PostgrestServer#ensureRunning()} for that.
 */
public final class PostgrestExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {

	private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace
		.create(PostgrestExtension.class);

	private final Supplier<? extends PostgrestServer> source;

	private volatile @Nullable PostgrestServer server;

	/**
	 * Creates an extension for an embedded server with the defaults and an empty
	 * database.
	 */
	public PostgrestExtension() {
		this(EmbeddedPostgrest::start);
	}

	private PostgrestExtension(Supplier<? extends PostgrestServer> source) {
		this.source = source;
	}

	/**
	 * Creates an extension for an embedded server.
	 * @param builder the description of the server
	 * @return an extension
	 */
	public static PostgrestExtension of(EmbeddedPostgrest.Builder builder) {
		return new PostgrestExtension(builder::start);
	}

	/**
	 * Creates an extension for any server.
	 * @param source starts a server, which the extension closes
	 * @return an extension
	 */
	public static PostgrestExtension of(Supplier<? extends PostgrestServer> source) {
		return new PostgrestExtension(source);
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
		return context.getStore(NAMESPACE).computeIfAbsent(this, (key) -> new Running(this), Running.class).server();
	}

	/**
	 * A started server in JUnit's store.
	 */
	private static final class Running implements AutoCloseable {

		private final PostgrestExtension extension;

		private final PostgrestServer server;

		Running(PostgrestExtension extension) {
			this.extension = extension;
			this.server = extension.source.get();
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
