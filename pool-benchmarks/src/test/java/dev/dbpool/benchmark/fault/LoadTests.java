package dev.dbpool.benchmark.fault;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;

import dev.dbpool.benchmark.Target;
import dev.dbpool.benchmark.fault.Workload.Arrivals;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

class LoadTests {

	private static final double ONCE = 1e-6;

	@Test
	void callThatWasDueArrivesThoughTheMachineWasBusyUntilTheLoadStopped() throws InterruptedException {
		Workload workload = new Workload(
				List.of(new Arrivals(Call.Kind.READ, ONCE, ONCE, (client, number) -> Mono.empty())), 0,
				(client, number) -> Mono.empty());
		Semaphore busy = new Semaphore(0);
		try (Client client = new BareClient(new Target(URI.create("http://localhost:1"), "", null));
				Load load = new Load(client, workload)) {
			load.every(Duration.ofHours(1), busy::acquireUninterruptibly);
			load.start();
			Thread stopping = new Thread(load::stop);
			stopping.start();
			while (stopping.isAlive() && stopping.getState() != Thread.State.WAITING) {
				Thread.onSpinWait();
			}
			busy.release();
			stopping.join();
			load.drain(Duration.ofSeconds(10));
			assertThat(load.calls()).hasSize(1);
		}
	}

}
