package dev.dbpool.transport;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.awaitility.Awaitility;
import org.slf4j.LoggerFactory;

/**
 * What Netty's leak detection reports while this is open. It follows each buffer of the
 * JVM that is allocated from then on.
 */
public final class BufferLeaks implements AutoCloseable {

	private static final AtomicInteger planted = new AtomicInteger();

	private static final AtomicInteger open = new AtomicInteger();

	private final Logger logger = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);

	private final ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

	private final Reports reports = new Reports();

	/**
	 * Begins to record.
	 */
	public BufferLeaks() {
		this.reports.start();
		this.logger.addAppender(this.reports);
		open.incrementAndGet();
		this.logger.setAdditive(false);
		ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
	}

	/**
	 * Returns all reports. A buffer that was planted here must be among what the garbage
	 * collector finds, which shows that no earlier report is outstanding; its own report
	 * is left out.
	 * @return the reports
	 */
	public List<String> reports() {
		String name = "planted leak %d.".formatted(planted.incrementAndGet());
		plant(name);
		Awaitility.await().until(() -> {
			System.gc();
			ByteBufAllocator.DEFAULT.buffer().release();
			return this.reports.texts.stream().anyMatch((report) -> report.contains(name));
		});
		return this.reports.texts.stream().filter((report) -> !report.contains("planted leak")).toList();
	}

	private static void plant(String name) {
		ByteBufAllocator.DEFAULT.buffer().touch(name);
	}

	@Override
	public void close() {
		ResourceLeakDetector.setLevel(this.before);
		this.logger.setAdditive(open.decrementAndGet() == 0);
		this.logger.detachAppender(this.reports);
	}

	private static final class Reports extends AppenderBase<ILoggingEvent> {

		private final Queue<String> texts = new ConcurrentLinkedQueue<>();

		@Override
		protected void append(ILoggingEvent event) {
			this.texts.add(event.getFormattedMessage());
		}

	}

}
