package dev.dbpool.client;

import java.time.Duration;

import io.micrometer.common.KeyValue;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ServerTimingTests {

	@Test
	void phasesAreSetApartFromTheNetwork() {
		ServerTiming timing = ServerTiming
			.parse("jwt;dur=0.5, parse;dur=0.100, plan;dur=1.4, transaction;dur=6, response;dur=0");
		assertThat(timing.keyValues(Duration.ofMillis(10).toNanos())).containsExactlyInAnyOrder(
				KeyValue.of("server.timing.jwt", "0.500"), KeyValue.of("server.timing.parse", "0.100"),
				KeyValue.of("server.timing.plan", "1.400"), KeyValue.of("server.timing.transaction", "6.000"),
				KeyValue.of("server.timing.response", "0.000"), KeyValue.of("server.timing.network", "2.000"));
	}

	@Test
	void whatIsNoDurationIsIgnored() {
		assertThat(ServerTiming.parse("cache;desc=\"hit\", total").keyValues(1)).isEmpty();
		assertThat(ServerTiming.parse("a;dur=1,".repeat(5) + "b;dur=2,".repeat(100)).keyValues(1)).hasSize(3);
		StringBuilder many = new StringBuilder();
		for (int i = 0; i < 100; i++) {
			many.append("p").append(i).append(";dur=1,");
		}
		assertThat(ServerTiming.parse(many.toString()).keyValues(1)).hasSize(11);
	}

}
