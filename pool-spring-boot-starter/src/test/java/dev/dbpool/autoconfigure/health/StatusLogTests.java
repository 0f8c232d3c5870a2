package dev.dbpool.autoconfigure.health;

import java.util.Optional;

import dev.dbpool.autoconfigure.LogLines;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

class StatusLogTests {

	@Test
	void logsEachChangeOnceWithItsReason() {
		StatusLog log = new StatusLog("default");
		try (LogLines lines = LogLines.of(StatusLog.class.getName())) {
			log.update(status(Status.UP, null));
			log.update(status(Status.UP, null));
			log.update(status(Status.DOWN, "GET / answered 503"));
			log.update(status(Status.DOWN, "GET / answered 502"));
			log.update(status(PoolStatus.DEGRADED, "1 caller waits"));
			log.update(status(Status.UP, null));
			assertThat(lines.get()).containsExactly("INFO Health of the database pool is UP, it was UNKNOWN",
					"WARN Health of the database pool is DOWN, it was UP: GET / answered 503",
					"WARN Health of the database pool is DEGRADED, it was DOWN: 1 caller waits",
					"INFO Health of the database pool is UP, it was DEGRADED");
		}
	}

	private static PoolStatus status(Status status, String reason) {
		return new PoolStatus(status, Optional.ofNullable(reason));
	}

}
