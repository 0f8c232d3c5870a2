package dev.dbpool.transport;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Fails a class of tests if a buffer was not released while it ran, by its own tests or
 * by those that ran at the same time.
 */
final class BufferLeakCheck implements BeforeAllCallback, AfterAllCallback {

	private static final Namespace NAMESPACE = Namespace.create(BufferLeakCheck.class);

	@Override
	public void beforeAll(ExtensionContext context) {
		context.getStore(NAMESPACE).put(BufferLeaks.class, new BufferLeaks());
	}

	@Override
	public void afterAll(ExtensionContext context) {
		try (BufferLeaks leaks = context.getStore(NAMESPACE).remove(BufferLeaks.class, BufferLeaks.class)) {
			assertThat(leaks.reports()).isEmpty();
		}
	}

}
