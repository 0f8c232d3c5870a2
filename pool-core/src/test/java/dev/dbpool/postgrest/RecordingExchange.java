package dev.dbpool.postgrest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.JsonCodecs;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.Preferences;
import dev.dbpool.postgrest.http.StreamedAnswer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Keeps the requests and gives all of them the same answer, without its body where none
 * is asked for.
 */
public final class RecordingExchange implements PostgrestExchange {

	private static final JsonCodecs CODECS = JsonCodecs.of(WebClient.builder());

	private final List<PostgrestRequest> requests = new ArrayList<>();

	private final String body;

	private final HttpHeaders headers = new HttpHeaders();

	public RecordingExchange(String body) {
		this.body = body;
		this.headers.set(HttpHeaders.CONTENT_TYPE, "application/json");
	}

	public RecordingExchange() {
		this("[]");
	}

	public RecordingExchange with(String header, String value) {
		this.headers.set(header, value);
		return this;
	}

	public PostgrestClient client() {
		return PostgrestClient.over(this);
	}

	public PostgrestRequest request() {
		return this.requests.get(this.requests.size() - 1);
	}

	public int count() {
		return this.requests.size();
	}

	@Override
	public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, T> reader) {
		return Mono.fromCallable(() -> {
			byte[] bytes = answer(request);
			return Answer.of(request, HttpStatus.OK, this.headers, bytes, CODECS).read(Preferences.NONE, reader);
		});
	}

	@Override
	public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
		return Flux.defer(() -> {
			Flux<DataBuffer> bytes = Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(answer(request)));
			return StreamedAnswer.of(request, HttpStatus.OK, this.headers, bytes, CODECS)
				.read(Preferences.NONE, reader);
		});
	}

	private byte[] answer(PostgrestRequest request) {
		this.requests.add(request);
		String body = String.join(",", request.headers().getOrEmpty("Prefer")).contains("return=minimal") ? ""
				: this.body;
		return body.getBytes(StandardCharsets.UTF_8);
	}

}
