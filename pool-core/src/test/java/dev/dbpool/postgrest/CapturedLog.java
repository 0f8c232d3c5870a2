package dev.dbpool.postgrest;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * What one class logs while this is open, on behalf of all test classes that run
 * together.
 */
public final class CapturedLog implements AutoCloseable {

	private final Logger logger;

	private final Messages messages = new Messages();

	private CapturedLog(Class<?> type) {
		this.logger = (Logger) LoggerFactory.getLogger(type);
		this.messages.start();
		this.logger.addAppender(this.messages);
	}

	public static CapturedLog of(Class<?> type) {
		return new CapturedLog(type);
	}

	/**
	 * Returns the messages so far that contain a text, which only one test has.
	 */
	public List<String> messagesWith(String text) {
		return this.messages.texts.stream().filter((message) -> message.contains(text)).toList();
	}

	@Override
	public void close() {
		this.logger.detachAppender(this.messages);
	}

	private static final class Messages extends AppenderBase<ILoggingEvent> {

		private final List<String> texts = new CopyOnWriteArrayList<>();

		@Override
		protected void append(ILoggingEvent event) {
			this.texts.add(event.getFormattedMessage());
		}

	}

}
