package dev.dbpool.autoconfigure;

import java.util.List;
import java.util.Objects;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import org.slf4j.LoggerFactory;

/**
 * What a logger has logged since this was created, as {@code LEVEL message}.
 */
public final class LogLines implements AutoCloseable {

	private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

	private final Logger logger;

	private LogLines(Logger logger) {
		this.logger = logger;
	}

	/**
	 * Begins to record.
	 * @param name name of the logger, or the beginning of several ones
	 * @return the lines to come
	 */
	public static LogLines of(String name) {
		LogLines lines = new LogLines((Logger) LoggerFactory.getLogger(name));
		lines.appender.start();
		lines.logger.addAppender(lines.appender);
		return lines;
	}

	/**
	 * Returns the lines so far, those below INFO left out.
	 * @return the lines
	 */
	public List<String> get() {
		return events().stream()
			.filter((event) -> event.getLevel().isGreaterOrEqual(Level.INFO))
			.map((event) -> event.getLevel() + " " + event.getFormattedMessage())
			.toList();
	}

	/**
	 * Returns the messages of what was logged with a stack trace.
	 * @return the messages
	 */
	public List<String> thrown() {
		return events().stream()
			.map(ILoggingEvent::getThrowableProxy)
			.filter(Objects::nonNull)
			.map(IThrowableProxy::getMessage)
			.toList();
	}

	private List<ILoggingEvent> events() {
		// the appender holds its lock while it adds to its list
		synchronized (this.appender) {
			return List.copyOf(this.appender.list);
		}
	}

	@Override
	public void close() {
		this.logger.detachAppender(this.appender);
	}

}
