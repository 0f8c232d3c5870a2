package dev.dbpool.embedded.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.LongFunction;

import dev.dbpool.embedded.proxy.EventLoop.Timer;
import dev.dbpool.embedded.proxy.Link.Ending;
import org.jspecify.annotations.Nullable;

/**
 * A fault of the network, for {@link FaultProxy}. Names and attributes are those of
 * <a href="https://github.com/Shopify/toxiproxy#toxics">Toxiproxy</a>.
 * <p>
 * A toxic may be added to several proxies and to both directions of one. It is removed by
 * the same object.
 */
public final class Toxic {

	private final StageFactory stages;

	private final double toxicity;

	private Toxic(StageFactory stages, double toxicity) {
		this.stages = stages;
		this.toxicity = toxicity;
	}

	private Toxic(StageFactory stages) {
		this(stages, 1);
	}

	/**
	 * Delays all data.
	 * @param latency the delay
	 * @return the toxic
	 */
	public static Toxic latency(Duration latency) {
		return latency(latency, Duration.ZERO);
	}

	/**
	 * Delays all data by {@code latency} plus or minus up to {@code jitter}. Data stays
	 * in its order.
	 * @param latency the delay
	 * @param jitter the most by which it varies
	 * @return the toxic
	 */
	public static Toxic latency(Duration latency, Duration jitter) {
		return new Toxic((toxic, link) -> new Latency(toxic, link, latency, jitter));
	}

	/**
	 * Limits a connection to a rate.
	 * @param rate kilobytes (1,000 bytes) per second
	 * @return the toxic
	 */
	public static Toxic bandwidth(long rate) {
		require(rate > 0, "rate", rate);
		return new Toxic((toxic, link) -> new Bandwidth(toxic, link, rate));
	}

	/**
	 * Delays the end of the data.
	 * @param delay the delay
	 * @return the toxic
	 */
	public static Toxic slowClose(Duration delay) {
		return new Toxic((toxic, link) -> new SlowClose(toxic, link, delay));
	}

	/**
	 * Drops all data and closes the connection after {@code timeout}, from when it was
	 * opened or from when the toxic was added. If {@code timeout} is zero, the connection
	 * stays open, and data is dropped until the toxic is removed.
	 * @param timeout the time, or zero
	 * @return the toxic
	 */
	public static Toxic timeout(Duration timeout) {
		return new Toxic((toxic, link) -> new Timeout(toxic, link, timeout));
	}

	/**
	 * Drops all data and resets the connection (RST) after {@code timeout}, from when the
	 * first data arrived.
	 * @param timeout the time, or zero
	 * @return the toxic
	 */
	public static Toxic resetPeer(Duration timeout) {
		return new Toxic((toxic, link) -> new ResetPeer(toxic, link, timeout));
	}

	/**
	 * Slices data into small pieces.
	 * @param averageSize the average size of a piece in bytes
	 * @param sizeVariation how much smaller or larger a piece may be, in bytes, less than
	 * {@code averageSize}
	 * @param delay the time between two pieces
	 * @return the toxic
	 */
	public static Toxic slicer(int averageSize, int sizeVariation, Duration delay) {
		require(averageSize > 0, "averageSize", averageSize);
		require(sizeVariation >= 0 && sizeVariation < averageSize, "sizeVariation", sizeVariation);
		return new Toxic((toxic, link) -> new Slicer(toxic, link, averageSize, sizeVariation, delay));
	}

	/**
	 * Closes the connection when {@code bytes} bytes have passed.
	 * @param bytes the number of bytes
	 * @return the toxic
	 */
	public static Toxic limitData(long bytes) {
		require(bytes >= 0, "bytes", bytes);
		return cut((connection) -> new Limit(bytes));
	}

	/**
	 * Closes each connection at a point that is chosen while data passes. Toxiproxy has
	 * no such toxic; it serves tests that cut connections within requests or answers.
	 * @param points returns the point for a connection, whose number is given: the
	 * connections of a proxy are numbered from 1, in the order in which they were
	 * accepted
	 * @return the toxic
	 */
	public static Toxic cut(LongFunction<CutPoint> points) {
		return new Toxic((toxic, link) -> new Cut(toxic, link, points.apply(link.connection().number())));
	}

	/**
	 * Returns a toxic that does the same to some of the connections only.
	 * @param toxicity the probability that a connection is affected, from 0 to 1
	 * @return another toxic
	 */
	public Toxic toxicity(double toxicity) {
		require(toxicity >= 0 && toxicity <= 1, "toxicity", toxicity);
		return new Toxic(this.stages, toxicity);
	}

	double toxicity() {
		return this.toxicity;
	}

	ToxicStage newStage(Link link) {
		return this.stages.create(this, link);
	}

	private static void require(boolean valid, String name, Number value) {
		if (!valid) {
			throw new IllegalArgumentException("Invalid %s of a toxic: %s".formatted(name, value));
		}
	}

	/**
	 * Decides where a connection is cut. Called on the thread of the proxy, which must
	 * not be blocked.
	 */
	@FunctionalInterface
	public interface CutPoint {

		/**
		 * Returns how many bytes of a chunk pass before the connection is closed, or
		 * empty if all of it passes and the connection stays open.
		 * @param count the length of the chunk that has arrived
		 * @return the number of bytes, at most {@code count}
		 */
		OptionalInt cutAfter(int count);

	}

	@FunctionalInterface
	private interface StageFactory {

		ToxicStage create(Toxic toxic, Link link);

	}

	private static final class Latency extends DelayStage {

		private final Duration latency;

		private final Duration jitter;

		private final Random random;

		Latency(Toxic toxic, Link link, Duration latency, Duration jitter) {
			super(toxic, link);
			this.latency = latency;
			this.jitter = jitter;
			this.random = link.random();
		}

		@Override
		void data(ByteBuffer chunk) throws IOException {
			double factor = 2 * this.random.nextDouble() - 1;
			passAfter(this.latency.plusNanos((long) (factor * this.jitter.toNanos())), chunk);
		}

	}

	private static final class Bandwidth extends DelayStage {

		private static final int MILLIS_PER_PIECE = 100;

		private final long bytesPerMilli;

		Bandwidth(Toxic toxic, Link link, long bytesPerMilli) {
			super(toxic, link);
			this.bytesPerMilli = bytesPerMilli;
		}

		@Override
		void data(ByteBuffer chunk) throws IOException {
			while (chunk.hasRemaining()) {
				ByteBuffer piece = take(chunk, this.bytesPerMilli * MILLIS_PER_PIECE);
				passAfterLast(Duration.ofNanos(piece.remaining() * 1_000_000L / this.bytesPerMilli), piece);
			}
		}

	}

	private static final class Slicer extends DelayStage {

		private final int averageSize;

		private final int sizeVariation;

		private final Duration delay;

		private final Random random;

		Slicer(Toxic toxic, Link link, int averageSize, int sizeVariation, Duration delay) {
			super(toxic, link);
			this.averageSize = averageSize;
			this.sizeVariation = sizeVariation;
			this.delay = delay;
			this.random = link.random();
		}

		@Override
		void data(ByteBuffer chunk) throws IOException {
			while (chunk.hasRemaining()) {
				int size = this.averageSize - this.sizeVariation + this.random.nextInt(2 * this.sizeVariation + 1);
				passAfterLast(this.delay, take(chunk, size));
			}
		}

	}

	private static final class SlowClose extends DelayStage {

		private final Duration delay;

		SlowClose(Toxic toxic, Link link, Duration delay) {
			super(toxic, link);
			this.delay = delay;
		}

		@Override
		void data(ByteBuffer chunk) throws IOException {
			pass(chunk);
		}

		@Override
		void end(Ending ending) throws IOException {
			endAfter(this.delay, ending);
		}

	}

	private static final class Timeout extends ToxicStage {

		private final @Nullable Timer timer;

		Timeout(Toxic toxic, Link link, Duration timeout) {
			super(toxic, link);
			this.timer = timeout.isZero() ? null : link.connection().loop().schedule(timeout, link.connection()::close);
		}

		@Override
		void data(ByteBuffer chunk) {
			drop(chunk);
		}

		@Override
		void end(Ending ending) {
			link().connection().close();
		}

		@Override
		void discard() {
			if (this.timer != null) {
				this.timer.cancel();
			}
		}

	}

	private static final class ResetPeer extends ToxicStage {

		private final Duration timeout;

		private @Nullable Timer timer;

		ResetPeer(Toxic toxic, Link link, Duration timeout) {
			super(toxic, link);
			this.timeout = timeout;
		}

		@Override
		void data(ByteBuffer chunk) {
			drop(chunk);
			reset();
		}

		@Override
		void end(Ending ending) {
			reset();
		}

		private void reset() {
			if (this.timer == null) {
				this.timer = link().connection().loop().schedule(this.timeout, link().connection()::reset);
			}
		}

		@Override
		void discard() {
			if (this.timer != null) {
				this.timer.cancel();
			}
		}

	}

	private static final class Cut extends ToxicStage {

		private final CutPoint point;

		private boolean made;

		Cut(Toxic toxic, Link link, CutPoint point) {
			super(toxic, link);
			this.point = point;
		}

		@Override
		void data(ByteBuffer chunk) throws IOException {
			OptionalInt passing = this.made ? OptionalInt.of(0) : this.point.cutAfter(chunk.remaining());
			if (passing.isEmpty()) {
				pass(chunk);
				return;
			}
			ByteBuffer last = take(chunk, passing.getAsInt());
			drop(chunk);
			if (last.hasRemaining()) {
				pass(last);
			}
			this.made = true;
			passEnd(Ending.CLOSE);
		}

	}

	private static final class Limit implements CutPoint {

		private long remaining;

		Limit(long bytes) {
			this.remaining = bytes;
		}

		@Override
		public OptionalInt cutAfter(int count) {
			int passing = (int) Math.min(count, this.remaining);
			this.remaining -= passing;
			return (this.remaining == 0) ? OptionalInt.of(passing) : OptionalInt.empty();
		}

	}

	/**
	 * Takes up to a number of bytes off a chunk.
	 */
	private static ByteBuffer take(ByteBuffer chunk, long size) {
		ByteBuffer piece = chunk.slice(chunk.position(), (int) Math.min(size, chunk.remaining()));
		chunk.position(chunk.position() + piece.remaining());
		return piece;
	}

}
