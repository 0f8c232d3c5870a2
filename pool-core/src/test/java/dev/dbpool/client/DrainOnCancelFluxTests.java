package dev.dbpool.client;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(30)
class DrainOnCancelFluxTests {

	private final AtomicBoolean cancelled = new AtomicBoolean();

	@Test
	void aRestThatTricklesIsGivenUp() {
		Flux<DataBuffer> trickle = Flux.interval(Duration.ofMillis(5))
			.map((tick) -> buffer())
			.doOnCancel(() -> this.cancelled.set(true));
		StepVerifier.create(new DrainOnCancelFlux(trickle, Duration.ofMillis(50)))
			.expectNextCount(1)
			.thenCancel()
			.verify();
		Awaitility.await().untilTrue(this.cancelled);
	}

	@Test
	void aRestThatEndsIsReadToItsEnd() {
		AtomicBoolean completed = new AtomicBoolean();
		Flux<DataBuffer> rest = Flux.range(0, 10)
			.map((number) -> buffer())
			.doOnCancel(() -> this.cancelled.set(true))
			.doOnComplete(() -> completed.set(true));
		StepVerifier.create(new DrainOnCancelFlux(rest), 1).expectNextCount(1).thenCancel().verify();
		assertThat(completed).isTrue();
		assertThat(this.cancelled).isFalse();
	}

	private static DataBuffer buffer() {
		return DefaultDataBufferFactory.sharedInstance.wrap(new byte[] { 1 });
	}

}
