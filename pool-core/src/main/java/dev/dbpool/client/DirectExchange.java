package dev.dbpool.client;

import java.net.URI;

import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;

import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.AnswerBytes;
import dev.dbpool.postgrest.http.JsonCodecs;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.Preferences;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.http.StreamedAnswer;
import dev.dbpool.postgrest.http.TransportExceptionTranslator;
import dev.dbpool.transport.HttpConnection;
import dev.dbpool.transport.HttpExchange;
import dev.dbpool.transport.HttpFields;
import dev.dbpool.transport.ResponseListener;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

import org.springframework.core.codec.EncodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;
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

	private final HttpConnection connection;

	private final Settings settings;

	private final RequestHeaders identity;

	DirectExchange(HttpConnection connection, Settings settings, RequestHeaders identity) {
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
			PostgrestRequest sent = encoded(request);
			byte[] body = body(sent);
			HttpHeaders traced = new HttpHeaders();
			ExchangeObservation observed = observe(request, context, traced::set);
			return observed.observe(this.connection.clientConnector()
				.connect(request.method(), URI.create(target(sent)), (outgoing) -> write(sent, body, traced, outgoing)))
				.flatMapMany((response) -> StreamedAnswer
					.of(request, response.getStatusCode(), response.getHeaders(), observed.observe(response.getBody()),
							this.settings.codecs())
					.read(this.settings.preferences(), reader));
		}).onErrorMap((failure) -> TransportExceptionTranslator.translate(request, failure));
	}

	private ExchangeObservation observe(PostgrestRequest request, ContextView context,
			BiConsumer<String, String> headers) {
		return this.settings.observations().start(request, context, headers);
	}

	private Mono<Void> write(PostgrestRequest sent, byte @Nullable [] body, HttpHeaders traced,
			ClientHttpRequest outgoing) {
		HttpHeaders headers = outgoing.getHeaders();
		sent.fields().forEachOnTheWire(headers::add);
		addDefaults(sent, headers::add);
		traced.forEach(headers::put);
		this.identity.forEachOnTheWire(headers::set);
		return (body != null) ? outgoing.writeWith(Mono.just(outgoing.bufferFactory().wrap(body)))
				: outgoing.setComplete();
	}

	/**
	 * Adds the headers of the client that the request has not.
	 */
	private void addDefaults(PostgrestRequest sent, BiConsumer<String, String> headers) {
		this.settings.headers().forEach((name, value) -> {
			if (!sent.fields().contains(name) && !this.identity.contains(name)) {
				headers.accept(name, value);
			}
		});
	}

	private PostgrestRequest encoded(PostgrestRequest request) {
		return request.encoded(this.settings.preferences(), this.settings.codecs());
	}

	private String target(PostgrestRequest sent) {
		return this.settings.root() + sent.target();
	}

	private static byte @Nullable [] body(PostgrestRequest sent) {
		Object body = sent.body();
		if (body == null || body instanceof byte[]) {
			return (byte[]) body;
		}
		throw new EncodingException("No encoder of the client writes " + body.getClass().getName()
				+ " as it is sent directly. Register one, or send statements through a WebClient (ExchangeMode.WEB_CLIENT)");
	}

	/**
	 * What is the same for all connections of a client.
	 *
	 * @param root the path of the REST root
	 * @param headers sent with each request that has no such headers of its own
	 * @param preferences sent with each request that has no such preferences of its own
	 * @param codecs what JSON is read and written with
	 * @param limit the longest answer that is kept in memory
	 * @param observations starts to observe exchanges
	 * @param identities encodes the headers of identities
	 */
	record Settings(String root, RequestHeaders headers, Preferences preferences, JsonCodecs codecs,
			AnswerBytes.Limit limit, ExchangeObservation.Source observations, IdentityFields identities) {

	}

	/**
	 * Encodes and checks the headers of an identity once, as long as no other one takes
	 * turns with it: a token is longer than all else in a request.
	 */
	static final class IdentityFields {

		private volatile Known last = new Known(RequestHeaders.NONE);

		HttpFields fields(RequestHeaders identity) {
			Known known = this.last;
			if (!known.identity.equals(identity)) {
				known = new Known(identity);
				this.last = known;
			}
			return known.fields.copy();
		}

		private record Known(RequestHeaders identity, HttpFields fields) {

			Known(RequestHeaders identity) {
				this(identity, new HttpFields());
				identity.forEachOnTheWire(this.fields::add);
			}

			/**
			 * The names, so that no secret gets into a log.
			 */
			@Override
			public String toString() {
				return this.identity.toString();
			}

		}

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

		private volatile boolean cancelled;

		private boolean requested;

		private ExchangeObservation observed = ExchangeObservation.NONE;

		private @Nullable HttpStatusCode status;

		private HttpHeaders headers = HttpHeaders.EMPTY;

		private final AnswerBytes body;

		WholeAnswer(DirectExchange origin, PostgrestRequest request, Function<Answer, @Nullable T> reader,
				CoreSubscriber<? super T> actual) {
			this.origin = origin;
			this.request = request;
			this.reader = reader;
			this.actual = actual;
			this.body = new AnswerBytes(origin.settings.limit());
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n) && !this.requested) {
				this.requested = true;
				begin();
			}
		}

		private void begin() {
			HttpExchange made;
			try {
				PostgrestRequest sent = this.origin.encoded(this.request);
				byte[] content = body(sent);
				HttpFields fields = headers(sent);
				this.observed = this.origin.observe(this.request, this.actual.currentContext(), fields::set);
				made = this.origin.connection.exchange(this.request.method().name(), this.origin.target(sent), fields,
						content, this);
			}
			catch (Throwable ex) {
				fail(ex);
				return;
			}
			this.exchange = made;
			made.request(Long.MAX_VALUE);
			if (this.cancelled) {
				cancel();
			}
			made.begin();
		}

		private HttpFields headers(PostgrestRequest sent) {
			RequestHeaders identity = this.origin.identity;
			HttpFields fields = this.origin.settings.identities().fields(identity);
			sent.fields().forEachOnTheWire((name, value) -> {
				if (!identity.contains(name)) {
					fields.add(name, value);
				}
			});
			this.origin.addDefaults(sent, fields::add);
			return fields;
		}

		@Override
		public void cancel() {
			this.cancelled = true;
			HttpExchange made = this.exchange;
			if (made != null) {
				made.cancel();
				this.observed.end();
			}
		}

		@Override
		public void onHead(int status, io.netty.handler.codec.http.HttpHeaders headers) {
			this.status = HttpStatusCode.valueOf(status);
			this.headers = new HttpHeaders(new Netty4HeadersAdapter(headers));
			this.observed.answered(status, headers.get(ServerTiming.HEADER));
		}

		@Override
		public void onContent(ByteBuf content) {
			if (isSuccess()) {
				try {
					this.body.add(content.readableBytes(), this.headers.getContentLength(), content::readBytes);
				}
				catch (DataBufferLimitException ex) {
					giveUp();
					fail(ex);
				}
				return;
			}
			int rest = AnswerBytes.Limit.ERROR_BYTES - this.body.length();
			this.body.add(Math.min(content.readableBytes(), rest), 0, content::readBytes);
			if (this.body.length() == AnswerBytes.Limit.ERROR_BYTES) {
				giveUp();
				answer(this.body);
			}
		}

		/**
		 * Gives the rest of the answer up, and the connection with it.
		 */
		private void giveUp() {
			Objects.requireNonNull(this.exchange).cancel();
			this.observed.end();
		}

		private boolean isSuccess() {
			return this.status != null && this.status.is2xxSuccessful();
		}

		@Override
		public void onComplete() {
			this.observed.end();
			answer(this.body);
		}

		/**
		 * Fails with what broke the exchange off. The status of an error is enough to say
		 * what happened.
		 */
		@Override
		public void onError(Throwable failure) {
			this.observed.fail(failure);
			if (this.status == null || isSuccess()) {
				fail(failure);
			}
			else {
				answer(null);
			}
		}

		/**
		 * Reads the answer, on another thread if that takes long.
		 * @param content the body, or {@code null} if it was cut off
		 */
		private void answer(@Nullable AnswerBytes content) {
			HttpStatusCode answered = Objects.requireNonNull(this.status);
			JsonCodecs codecs = this.origin.settings.codecs();
			Answer answer = (content != null) ? Answer.of(this.request, answered, this.headers, content, codecs)
					: Answer.of(this.request, answered, this.headers, (byte[]) null, codecs);
			if (answer.isLong()) {
				Schedulers.parallel().schedule(() -> readAside(answer));
			}
			else {
				read(answer);
			}
		}

		/**
		 * Reads an answer on a thread that would only log what subscribers throw.
		 */
		private void readAside(Answer answer) {
			try {
				read(answer);
			}
			catch (Throwable ex) {
				Objects.requireNonNull(this.exchange).subscriberFailed(ex);
			}
		}

		private void read(Answer answer) {
			T value;
			try {
				value = answer.read(this.origin.settings.preferences(), this.reader);
			}
			catch (Throwable ex) {
				fail(ex);
				return;
			}
			if (this.cancelled) {
				return;
			}
			if (value != null) {
				this.actual.onNext(value);
			}
			this.actual.onComplete();
		}

		private void fail(Throwable failure) {
			if (!this.cancelled) {
				this.actual.onError(TransportExceptionTranslator.translate(this.request, failure));
			}
		}

	}

}
