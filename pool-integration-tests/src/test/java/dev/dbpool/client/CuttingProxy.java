package dev.dbpool.client;

import java.net.URI;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.function.Supplier;

import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.embedded.proxy.Toxic;
import dev.dbpool.embedded.proxy.Toxic.CutPoint;

/**
 * Stands between a client and a server and cuts each connection at a chosen point.
 */
final class CuttingProxy implements AutoCloseable {

	private final Map<Point, AtomicInteger> made = new ConcurrentHashMap<>();

	private final FaultProxy proxy;

	CuttingProxy(URI target, Supplier<Cut> cuts) {
		this.proxy = FaultProxy.to(target);
		Map<Long, Cut> chosen = new ConcurrentHashMap<>();
		LongFunction<Cut> cutOf = (connection) -> chosen.computeIfAbsent(connection, (number) -> cuts.get());
		this.proxy.addUpstream(Toxic.cut((connection) -> cutPoint(cutOf.apply(connection), true)));
		this.proxy.addDownstream(Toxic.cut((connection) -> cutPoint(cutOf.apply(connection), false)));
	}

	URI url() {
		return this.proxy.url();
	}

	Map<Point, AtomicInteger> made() {
		return this.made;
	}

	private CutPoint cutPoint(Cut cut, boolean request) {
		AtomicInteger chunks = new AtomicInteger();
		return (count) -> {
			if (request != (cut.point() == Point.IN_REQUEST) || chunks.incrementAndGet() != cut.chunk()) {
				return OptionalInt.empty();
			}
			this.made.computeIfAbsent(cut.point(), (point) -> new AtomicInteger()).incrementAndGet();
			return OptionalInt.of(cut.passed(count));
		};
	}

	@Override
	public void close() {
		this.proxy.close();
	}

	/**
	 * Where a connection is cut.
	 */
	enum Point {

		/** In the midst of a request, so that it is not run. */
		IN_REQUEST,
		/** When the server has answered and nothing of the answer has passed. */
		BEFORE_ANSWER,
		/** In the midst of an answer. */
		IN_ANSWER,
		/** When all of the answer has passed. */
		AFTER_ANSWER

	}

	/**
	 * When and where a connection is cut.
	 *
	 * @param point where
	 * @param chunk at which request or answer, from 1
	 * @param share how much of it passes, from 0 to 1
	 */
	record Cut(Point point, int chunk, double share) {

		int passed(int count) {
			return switch (this.point) {
				case BEFORE_ANSWER -> 0;
				case AFTER_ANSWER -> count;
				case IN_REQUEST -> (int) (this.share * count);
				case IN_ANSWER -> Math.max(1, (int) (this.share * count));
			};
		}

	}

}
