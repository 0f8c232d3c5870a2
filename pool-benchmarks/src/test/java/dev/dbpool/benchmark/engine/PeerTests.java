package dev.dbpool.benchmark.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;

import dev.dbpool.benchmark.engine.AsyncPool.Acquirer;
import dev.dbpool.benchmark.engine.Peer.Trait;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Each pool really bounds what it leases, so that all of them are measured at the same
 * work.
 */
@Timeout(60)
@Tag("slow")
class PeerTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	static Stream<Peer> blocking() {
		return Arrays.stream(Peer.values()).filter(Peer::isBlocking);
	}

	static Stream<Peer> async() {
		return Arrays.stream(Peer.values()).filter(Peer::isAsync);
	}

	@ParameterizedTest
	@MethodSource("blocking")
	void leasesEachConnectionToOneCaller(Peer peer) throws Exception {
		try (BlockingPool pool = peer.openBlocking(2, Duration.ofMillis(300))) {
			Object first = acquireAtLast(pool);
			Object second = acquireAtLast(pool);
			if (!peer.is(Trait.FLOOR)) {
				assertThat(pool.connection(first)).isNotSameAs(pool.connection(second));
			}
			assertThatException().isThrownBy(pool::acquire);
			if (peer.is(Trait.BRIEF)) {
				assertThat(pool.acquireBriefly()).isNull();
			}
			pool.release(first);
			pool.release(pool.acquire());
			pool.release(second);
		}
	}

	/**
	 * Acquires what the pool has, though it may take longer than its timeout to open it.
	 */
	private static Object acquireAtLast(BlockingPool pool) throws Exception {
		long start = System.nanoTime();
		while (true) {
			try {
				return pool.acquire();
			}
			catch (Exception ex) {
				if (System.nanoTime() - start > PATIENCE.toNanos()) {
					throw ex;
				}
			}
		}
	}

	@ParameterizedTest
	@MethodSource("async")
	void handsOverToTheFirstThatDidNotCancel(Peer peer) throws Exception {
		List<Object> leases = new ArrayList<>();
		try (AsyncPool pool = peer.openAsync(1, PATIENCE)) {
			Acquirer acquirer = pool.acquirer(leases::add);
			acquirer.acquire();
			Object cancelled = acquirer.acquire();
			acquirer.acquire();
			assertThat(leases).hasSize(1);
			acquirer.cancel(cancelled);
			acquirer.release(leases.get(0));
			assertThat(leases).hasSize(2);
			acquirer.release(leases.get(1));
			acquirer.acquire();
			assertThat(new HashSet<>(leases)).hasSize(3);
		}
	}

}
