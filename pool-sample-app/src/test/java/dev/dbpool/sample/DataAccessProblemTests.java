package dev.dbpool.sample;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.http.HttpStatus;

import static org.assertj.core.api.Assertions.assertThat;

class DataAccessProblemTests {

	@Test
	void failureThatPassesIsUnavailableAndSaysWhenToTryAgain() {
		DataAccessProblem queueTooLong = DataAccessProblem.of(new TransientDataAccessResourceException("pool 'read'"));
		assertThat(queueTooLong.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
		assertThat(queueTooLong.retryAfter()).hasValue(Duration.ofSeconds(1));
		assertThat(DataAccessProblem.of(new DataAccessResourceFailureException("unreachable")).status())
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
		assertThat(DataAccessProblem.of(new NonTransientDataAccessResourceException("closed")).status())
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
	}

	@Test
	void failureThatStaysSaysNothingAboutTryingAgain() {
		assertThat(DataAccessProblem.of(new DuplicateKeyException("orders_reference"))).satisfies((problem) -> {
			assertThat(problem.status()).isEqualTo(HttpStatus.CONFLICT);
			assertThat(problem.retryAfter()).isEmpty();
		});
		assertThat(DataAccessProblem.of(new EmptyResultDataAccessException(1)).status())
			.isEqualTo(HttpStatus.NOT_FOUND);
		assertThat(DataAccessProblem.of(new DataIntegrityViolationException("check")).status())
			.isEqualTo(HttpStatus.UNPROCESSABLE_CONTENT);
		assertThat(DataAccessProblem.of(new PermissionDeniedDataAccessException("grant", null)).status())
			.isEqualTo(HttpStatus.FORBIDDEN);
		assertThat(DataAccessProblem.of(new QueryTimeoutException("slow")).status())
			.isEqualTo(HttpStatus.GATEWAY_TIMEOUT);
		assertThat(DataAccessProblem.of(new InvalidDataAccessApiUsageException("bug")).status())
			.isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR);
	}

	@Test
	void whatTheDatabaseSaidStaysInside() {
		assertThat(DataAccessProblem.of(new DuplicateKeyException("Key (email)=(ada@example.org) exists")).detail())
			.doesNotContain("ada@example.org");
	}

}
