package dev.dbpool.client;

import java.net.URI;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;

import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.AnswerLimit;
import dev.dbpool.postgrest.http.CompletedRequest;
import dev.dbpool.postgrest.http.JsonCodecs;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.Preferences;
import dev.dbpool.postgrest.http.StreamedAnswer;
import dev.dbpool.postgrest.http.TransportExceptionTranslator;
import dev.dbpool.transport.HttpConnection;
import dev.dbpool.transport.HttpExchange;
import dev.dbpool.transport.ResponseListener;
import io.micrometer.observation.ObservationRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

import org.springframework.core.codec.EncodingException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.support.Netty4HeadersAdapter;

/**
 * Sends requests over one connection, without a {@code WebClient} in between. A whole
 * answer is collected and decoded on the event loop of the connection; one that is so
 * long that other connections would wait for it is decoded on another thread.
 */
final class DirectExchange implements PostgrestExchange {

	private static final int LONG_ANSWER = 256 * 1024;

	private final HttpConnection connection;

	private final Settings settings;

	private final HttpHeaders identity;

	DirectExchange(HttpConnection connection, Settings settings, HttpHeaders identity) {
		this.connection = connection;
		this.settings = settings;
		this.identity = identity;
	}

	@Override
	public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> actual) {
				actual.onSubscribe(new WholeAnswer<>(DirectExchange.this, request, reader, actual));
			}

		};
	}

	@Override
	public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
		return Flux.deferContextual((context) -> {
			CompletedRequest completed = complete(request);
			HttpHeaders traced = new HttpHeaders();
			ExchangeObservation observed = observe(request, context, traced::set);
			Flux<T> elements = this.connection.clientConnector()
				.connect(request.method(), URI.create(target(completed)),
						(outgoing) -> write(completed, traced, outgoing))
				.doOnNext((response) -> answered(observed, response.getStatusCode().value()))
				.flatMapMany((response) -> StreamedAnswer
					.of(request, response.getStatusCode(), response.getHeaders(), response.getBody(),
							this.settings.codecs())
					.read(this.settings.preferences(), reader));
			return (observed != null) ? elements.doOnError(observed::fail).doFinally((signal) -> observed.end())
					: elements;
		}).onErrorMap((failure) -> TransportExceptionTranslator.translate(request, failure));
	}

	private @Nullable ExchangeObservation observe(PostgrestRequest request, ContextView context,
			BiConsumer<String, String> headers) {
		return ExchangeObservation.start(this.settings.observations(), this.settings.host(), request, context, headers);
	}

	private static void answered(@Nullable ExchangeObservation observed, int status) {
		if (observed != null) {
			observed.answered(status);
		}
	}

	private Mono<Void> write(CompletedRequest completed, HttpHeaders traced, ClientHttpRequest outgoing) {
		traced.forEach(outgoing.getHeaders()::put);
		this.settings.headers().forEach(outgoing.getHeaders()::addAll);
		completed.headers().forEach(outgoing.getHeaders()::put);
		this.identity.forEach(outgoing.getHeaders()::put);
		byte[] body = body(completed);
		return (body != null) ? outgoing.writeWith(Mono.just(outgoing.bufferFactory().wrap(body)))
				: outgoing.setComplete();
	}

	private CompletedRequest complete(PostgrestRequest request) {
		return CompletedRequest.of(request, this.settings.preferences(), this.settings.codecs());
	}

	private String target(CompletedRequest completed) {
		return this.settings.root() + completed.target();
	}

	private static byte @Nullable [] body(CompletedRequest completed) {
		Object body = completed.body();
		if (body == null || body instanceof byte[]) {
			return (byte[]) body;
		}
		throw new EncodingException("The client has no codec that writes " + body.getClass().getName());
	}

	/**
	 * What is the same for all connections of a client.
	 *
	 * @param root the path of the REST root
	 * @param headers sent with each request that has no such headers of its own
	 * @param preferences sent with each request that has no such preferences of its own
	 * @param codecs what JSON is read and written with
	 * @param limit the longest answer that is kept in memory
	 * @param host the host of the server
	 * @param observations where exchanges are observed
	 */
	record Settings(String root, HttpHeaders headers, Preferences preferences, JsonCodecs codecs, AnswerLimit limit,
			String host, ObservationRegistry observations) {

	}

	/**
	 * One subscription to a request whose answer is read as a whole.
	 *
	 * @param <T> the type of the value
	 */
	private static final class WholeAnswer<T> implements Subscription, ResponseListener {

		private final DirectExchange origin;

		private final PostgrestRequest request;

		private final Function<Answer, @Nullable T> reader;

		private final CoreSubscriber<? super T> actual;

		private volatile @Nullable HttpExchange exchange;

		private volatile @Nullable ExchangeObservation observed;

		private volatile boolean cancelled;

		private boolean requested;

		private @Nullable HttpStatusCode status;

		private HttpHeaders headers = HttpHeaders.EMPTY;

		private byte[] body = {};

		private int length;

		/** Whether no more of the answer is wanted. */
		private volatile boolean stopped;

		WholeAnswer(DirectExchange origin, PostgrestRequest request, Function<Answer, @Nullable T> reader,
				CoreSubscriber<? super T> actual) {
			this.origin = origin;
			this.request = request;
			this.reader = reader;
			this.actual = actual;
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n) && !this.requested) {
				this.requested = true;
				begin();
			}
		}

		private void begin() {
			HttpExchange begun;
			try {
				CompletedRequest completed = this.origin.complete(this.request);
				DefaultHttpHeaders fields = headers(completed);
				this.observed = this.origin.observe(this.request, this.actual.currentContext(), fields::set);
				begun = this.origin.connection.exchange(this.request.method().name(), this.origin.target(completed),
						fields, body(completed), this);
			}
			catch (Throwable ex) {
				onError(ex);
				return;
			}
			begun.request(Long.MAX_VALUE);
			this.exchange = begun;
			if (this.cancelled || this.stopped) {
				begun.cancel();
			}
		}

		private DefaultHttpHeaders headers(CompletedRequest completed) {
			DefaultHttpHeaders fields = new DefaultHttpHeaders();
			completed.headers().forEach(fields::add);
			this.origin.identity.forEach(fields::set);
			this.origin.settings.headers().forEach((name, values) -> {
				if (!fields.contains(name)) {
					fields.add(name, values);
				}
			});
			return fields;
		}

		@Override
		public void cancel() {
			this.cancelled = true;
			HttpExchange begun = this.exchange;
			if (begun != null) {
				begun.cancel();
			}
			endObservation();
		}

		private void endObservation() {
			ExchangeObservation present = this.observed;
			if (present != null) {
				present.end();
			}
		}

		@Override
		public void onHead(int status, io.netty.handler.codec.http.HttpHeaders headers) {
			this.status = HttpStatusCode.valueOf(status);
			this.headers = new HttpHeaders(new Netty4HeadersAdapter(headers));
			answered(this.observed, status);
		}

		@Override
		public void onContent(ByteBuf content) {
			if (this.stopped) {
				return;
			}
			if (isSuccess()) {
				AnswerLimit limit = this.origin.settings.limit();
				long needed = Math.max((long) this.length + content.readableBytes(), this.headers.getContentLength());
				if (needed > limit.bytes()) {
					stop();
					onError(limit.exceeded());
					return;
				}
				add(content, content.readableBytes(), needed);
			}
			else {
				int added = Math.min(content.readableBytes(), AnswerLimit.ERROR_BYTES - this.length);
				add(content, added, this.length + added);
				if (this.length == AnswerLimit.ERROR_BYTES) {
					stop();
					read(this.body);
				}
			}
		}

		private void add(ByteBuf content, int added, long needed) {
			if (needed > this.body.length) {
				long doubled = Math.min(2L * this.body.length, this.origin.settings.limit().bytes());
				this.body = Arrays.copyOf(this.body, (int) Math.max(needed, doubled));
			}
			content.readBytes(this.body, this.length, added);
			this.length += added;
		}

		/**
		 * Gives the rest of the answer up, and the connection with it.
		 */
		private void stop() {
			this.stopped = true;
			HttpExchange begun = this.exchange;
			if (begun != null) {
				begun.cancel();
			}
		}

		private boolean isSuccess() {
			return this.status != null && this.status.is2xxSuccessful();
		}

		@Override
		public void onComplete() {
			if (this.stopped) {
				return;
			}
			if (this.length > LONG_ANSWER) {
				Schedulers.parallel().schedule(() -> read(this.body));
			}
			else {
				read(this.body);
			}
		}

		private void read(byte @Nullable [] content) {
			T value;
			try {
				value = Answer
					.of(this.request, Objects.requireNonNull(this.status), this.headers, content, this.length,
							this.origin.settings.codecs())
					.read(this.origin.settings.preferences(), this.reader);
			}
			catch (Throwable ex) {
				fail(ex);
				return;
			}
			endObservation();
			if (this.cancelled) {
				return;
			}
			if (value != null) {
				this.actual.onNext(value);
			}
			this.actual.onComplete();
		}

		/**
		 * Fails with what broke the exchange off. The status of an error is enough to say
		 * what happened.
		 */
		@Override
		public void onError(Throwable failure) {
			if (this.status == null || isSuccess()) {
				fail(failure);
			}
			else if (!this.stopped) {
				read(null);
			}
		}

		private void fail(Throwable failure) {
			ExchangeObservation present = this.observed;
			if (present != null) {
				present.fail(failure);
			}
			if (!this.cancelled) {
				this.actual.onError(TransportExceptionTranslator.translate(this.request, failure));
			}
		}

	}

}
