package dev.dbpool.sample;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.validation.FieldError;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.bind.support.WebExchangeBindException;
import org.springframework.web.reactive.result.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebInputException;

/**
 * Answers requests that cannot be read with problem details (RFC 9457). Those for
 * failures of the database are the starter's.
 */
@RestControllerAdvice
final class ProblemAdvice extends ResponseEntityExceptionHandler {

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
