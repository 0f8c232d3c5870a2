package dev.dbpool.sample;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import org.springframework.core.MethodParameter;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.validation.FieldError;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.bind.support.WebExchangeBindException;
import org.springframework.web.reactive.result.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebInputException;

/**
 * Answers failures as problem details (RFC 9457). What the database said stays in the
 * log: its messages can hold names and values that are not public.
 */
@RestControllerAdvice
final class ProblemAdvice extends ResponseEntityExceptionHandler {

	private static final Logger logger = LoggerFactory.getLogger(ProblemAdvice.class);

	@ExceptionHandler
	Mono<ResponseEntity<Object>> handleDataAccess(DataAccessException failure, ServerWebExchange exchange) {
		DataAccessProblem problem = DataAccessProblem.of(failure);
		if (problem.status().is5xxServerError()) {
			logger.warn("{} {} answers {}: {}", exchange.getRequest().getMethod(),
					exchange.getRequest().getPath().value(), problem.status().value(), failure.getMessage());
		}
		HttpHeaders headers = new HttpHeaders();
		problem.retryAfter()
			.ifPresent((delay) -> headers.set(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, delay.toSeconds()))));
		if (problem.status().value() == 401) {
			headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
		}
		ProblemDetail body = ProblemDetail.forStatusAndDetail(problem.status(), problem.detail());
		return handleExceptionInternal(failure, body, headers, problem.status(), exchange);
	}

	@Override
	protected Mono<ResponseEntity<Object>> handleWebExchangeBindException(WebExchangeBindException failure,
			HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
		Map<String, String> errors = new LinkedHashMap<>();
		for (FieldError error : failure.getFieldErrors()) {
			errors.putIfAbsent(error.getField(), message(error));
		}
		ProblemDetail body = ProblemDetail.forStatusAndDetail(status,
				"The request has values that cannot be used: see 'errors'.");
		body.setProperty("errors", errors);
		return handleExceptionInternal(failure, body, headers, status, exchange);
	}

	@Override
	protected Mono<ResponseEntity<Object>> handleServerWebInputException(ServerWebInputException failure,
			HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
		MethodParameter parameter = failure.getMethodParameter();
		String detail = (parameter == null || parameter.hasParameterAnnotation(RequestBody.class))
				? "The body cannot be read: it is not the JSON that is expected here."
				: "The value of '" + parameter.getParameterName() + "' is not of the right kind.";
		return handleExceptionInternal(failure, ProblemDetail.forStatusAndDetail(status, detail), headers, status,
				exchange);
	}

	private static String message(FieldError error) {
		@Nullable String message = error.getDefaultMessage();
		return (error.isBindingFailure() || message == null) ? "is not of the right kind" : message;
	}

}
