package dev.dbpool.client;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.dbpool.embedded.ServerControl;
import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.embedded.proxy.Toxic;
import org.jspecify.annotations.Nullable;

/**
 * Faults that proxies have one after the other, and the server behind them if that is
 * controlled, chosen at random. About a third of the time there is none.
 */
final class SoakFaults {

	private static final int MILLIS = 300;

	/** So many faults are those of the network, which come first. */
	private static final int NETWORK = Fault.KILL.ordinal();

	private final List<FaultProxy> proxies;

	private final @Nullable ServerControl server;

	private final Random random;

	private final Map<Fault, Integer> made = new EnumMap<>(Fault.class);

	SoakFaults(FaultProxy proxy, Random random) {
		this(List.of(proxy), null, random);
	}

	/**
	 * Creates faults.
	 * @param server is killed and paused, too, if it is given
	 */
	SoakFaults(List<FaultProxy> proxies, @Nullable ServerControl server, Random random) {
		this.proxies = proxies;
		this.server = server;
		this.random = random;
	}

	/**
	 * Makes one fault, which lasts for some hundred milliseconds or until the end.
	 */
	void makeOne(CountDownLatch end) throws InterruptedException {
		Fault fault = this.random.nextInt(3) == 0 ? Fault.NONE
				: Fault.values()[this.random.nextInt((this.server != null) ? Fault.values().length : NETWORK)];
		FaultProxy proxy = this.proxies.get(this.random.nextInt(this.proxies.size()));
		this.made.merge(fault, 1, Integer::sum);
		switch (fault) {
			case NONE -> end.await(millis(), TimeUnit.MILLISECONDS);
			case RESET -> proxy.resetConnections();
			case DOWN -> {
				proxy.down();
				end.await(millis(), TimeUnit.MILLISECONDS);
				proxy.up();
			}
			case KILL -> {
				ServerControl killed = Objects.requireNonNull(this.server);
				killed.kill();
				end.await(millis(), TimeUnit.MILLISECONDS);
				killed.start();
			}
			case PAUSE -> {
				ServerControl paused = Objects.requireNonNull(this.server);
				paused.pause();
				end.await(5L * millis(), TimeUnit.MILLISECONDS);
				paused.resume();
			}
			default -> {
				Toxic toxic = toxic(fault);
				if (this.random.nextInt(4) == 0) {
					proxy.addUpstream(toxic);
				}
				else {
					proxy.addDownstream(toxic);
				}
				end.await(millis(), TimeUnit.MILLISECONDS);
				proxy.remove(toxic);
			}
		}
	}

	private Toxic toxic(Fault fault) {
		return switch (fault) {
			case LATENCY -> Toxic.latency(Duration.ofMillis(20), Duration.ofMillis(20));
			case BANDWIDTH -> Toxic.bandwidth(100 + this.random.nextInt(1_000));
			case SLICER -> Toxic.slicer(300, 299, Duration.ofNanos(this.random.nextInt(500_000)));
			case LIMIT_DATA -> Toxic.limitData(this.random.nextInt(100_000)).toxicity(0.5);
			case RESET_PEER -> Toxic.resetPeer(Duration.ofMillis(this.random.nextInt(50))).toxicity(0.3);
			case TIMEOUT -> Toxic.timeout(Duration.ofMillis(this.random.nextInt(200))).toxicity(0.3);
			case SLOW_CLOSE -> Toxic.slowClose(Duration.ofMillis(this.random.nextInt(200)));
			case NONE, RESET, DOWN, KILL, PAUSE -> throw new IllegalArgumentException(fault.name());
		};
	}

	private int millis() {
		return 50 + this.random.nextInt(MILLIS);
	}

	@Override
	public String toString() {
		return this.made.toString();
	}

	private enum Fault {

		NONE, LATENCY, BANDWIDTH, SLICER, LIMIT_DATA, RESET_PEER, TIMEOUT, SLOW_CLOSE, RESET, DOWN, KILL, PAUSE

	}

}
