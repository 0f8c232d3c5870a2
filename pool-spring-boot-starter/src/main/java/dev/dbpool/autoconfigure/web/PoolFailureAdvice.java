package dev.dbpool.autoconfigure.web;

import java.util.function.Predicate;

import dev.dbpool.client.OperationFailure;
import dev.dbpool.client.PooledClientBuilder;
import dev.dbpool.postgrest.value.UnstorableTextException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Answers failures of a pool with a problem detail, after all advice of the application.
 * The message of the failure is logged and never sent. Failures of other data access are
 * left alone.
 */
@RestControllerAdvice
@Order(Ordered.LOWEST_PRECEDENCE)
final class PoolFailureAdvice {

	private static final Logger logger = LoggerFactory.getLogger(PoolFailureAdvice.class);

	private final Predicate<String> enabled;

	/**
	 * Creates the advice.
	 * @param enabled whether failures of a pool are answered
	 */
	PoolFailureAdvice(Predicate<String> enabled) {
		this.enabled = enabled;
	}

	@ExceptionHandler
	ResponseEntity<ProblemDetail> handle(DataAccessException failure) {
		OperationFailure operation = OperationFailure.in(failure)
			.filter((found) -> this.enabled.test(found.pool()))
			.orElseThrow(() -> failure);
		PoolProblem problem = PoolProblem.of(failure, operation);
		if (problem.status().value() == 500) {
			logger.error("{} failed and is answered with status 500", operation.operation(), failure);
		}
		else if (problem.status().is5xxServerError()) {
			logger.warn("{} failed and is answered with status {}: {}", operation.operation(), problem.status().value(),
					failure.getMessage());
		}
		return answer(problem);
	}

	/**
	 * Answers a request with a text that cannot be stored. It was refused before there
	 * was an operation, so the setting of the default pool applies.
	 */
	@ExceptionHandler
	ResponseEntity<ProblemDetail> handle(UnstorableTextException failure) {
		if (!this.enabled.test(PooledClientBuilder.DEFAULT_NAME)) {
			throw failure;
		}
		logger.warn("A request failed and is answered with status 400: {}", failure.getMessage());
		return answer(PoolProblem.unstorableText());
	}

	private static ResponseEntity<ProblemDetail> answer(PoolProblem problem) {
		return ResponseEntity.status(problem.status())
			.headers(problem::writeTo)
			.body(ProblemDetail.forStatusAndDetail(problem.status(), problem.detail()));
	}

}
