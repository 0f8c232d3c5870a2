package dev.dbpool.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ConcurrentLruCache;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.util.DefaultUriBuilderFactory;
import org.springframework.web.util.UriBuilder;
import org.springframework.web.util.UriBuilderFactory;
import org.springframework.web.util.UriUtils;

/**
 * Makes the URIs that Spring's own factory makes, but parses and encodes a template that
 * is used again only once: that costs more than all else that a {@code WebClient} does
 * for a request. What is not a plain template with plain values is left to Spring's
 * factory. Safe for use from any thread.
 */
final class UriTemplates implements UriBuilderFactory {

	private static final int MOST_KNOWN = 256;

	private static final int LONGEST_KNOWN = 1000;

	private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)}");

	/** A value with characters that have a meaning in a URI, and others. */
	private static final String SAMPLE = "a b/c?d=e&f#g:h@i;j,k+l%m{n}[o]~é€";

	private static final URI UNUSED = URI.create("/");

	private final Function<String, UriBuilder> builders;

	private final ConcurrentLruCache<String, Known> known = new ConcurrentLruCache<>(MOST_KNOWN, Known::new);

	/**
	 * Creates the factory.
	 * @param builders makes a builder of a template, as Spring's factory does
	 */
	UriTemplates(Function<String, UriBuilder> builders) {
		this.builders = builders;
	}

	/**
	 * Makes the same URIs as a client, unless the application gave that a factory of its
	 * own, or one whose builders are not all alike.
	 */
	static Optional<UriBuilderFactory> of(WebClient client) {
		UriTemplates made = new UriTemplates((template) -> builder(client, template));
		UriBuilder ofTemplate = made.builders.apply("");
		UriBuilder empty = builder(client);
		boolean ofSpring = ofTemplate.getClass().getNestHost() == DefaultUriBuilderFactory.class
				&& ofTemplate.getClass() == empty.getClass()
				&& ofTemplate.path("/x").toUriString().equals(empty.path("/x").toUriString());
		return ofSpring ? Optional.of(made) : Optional.empty();
	}

	private static UriBuilder builder(WebClient client) {
		AtomicReference<UriBuilder> made = new AtomicReference<>();
		client.get().uri((builder) -> {
			made.set(builder);
			return UNUSED;
		});
		return Objects.requireNonNull(made.get(), "no builder was asked for");
	}

	private static UriBuilder builder(WebClient client, String template) {
		AtomicReference<UriBuilder> made = new AtomicReference<>();
		client.get().uri(template, (builder) -> {
			made.set(builder);
			return UNUSED;
		});
		return Objects.requireNonNull(made.get(), "no builder was asked for");
	}

	@Override
	public URI expand(String template, Map<String, ?> values) {
		return uriString(template).build(values);
	}

	@Override
	public URI expand(String template, @Nullable Object... values) {
		return uriString(template).build(values);
	}

	@Override
	public UriBuilder uriString(String template) {
		Template parsed = (template.length() <= LONGEST_KNOWN) ? this.known.get(template).again() : null;
		return (parsed != null) ? new TemplateBuilder(template, parsed) : this.builders.apply(template);
	}

	@Override
	public UriBuilder builder() {
		return this.builders.apply("");
	}

	private Template parse(String template) {
		UriBuilder builder = this.builders.apply(template);
		String text = builder.toUriString();
		List<String> literals = new ArrayList<>();
		List<String> names = new ArrayList<>();
		int end = 0;
		for (Matcher variable = VARIABLE.matcher(text); variable.find(); end = variable.end()) {
			literals.add(text.substring(end, variable.start()));
			names.add(variable.group(1));
		}
		literals.add(text.substring(end));
		Template parsed = new Template(text, literals, names);
		return parsed.makesTheUriOf(builder) ? parsed : new Template(text, List.of(), List.of());
	}

	/**
	 * A template that was used. It is parsed when it is used again: one that is made for
	 * a single request costs no more than with Spring's factory.
	 */
	private final class Known {

		private final String template;

		private volatile boolean used;

		private volatile @Nullable Template parsed;

		Known(String template) {
			this.template = template;
		}

		/**
		 * Returns the template, or {@code null} at its first use.
		 */
		@Nullable Template again() {
			if (!this.used) {
				this.used = true;
				return null;
			}
			Template known = this.parsed;
			if (known == null) {
				known = parse(this.template);
				this.parsed = known;
			}
			return known;
		}

	}

	/**
	 * A template that is encoded.
	 *
	 * @param text the text
	 * @param literals what is before, between and behind the variables, or nothing if the
	 * template has to be expanded by Spring
	 * @param names the names of the variables
	 */
	private record Template(String text, List<String> literals, List<String> names) {

		/**
		 * Returns the URI, or {@code null} if Spring has to make it.
		 */
		@Nullable URI expand(IntFunction<@Nullable Object> values) {
			if (this.literals.isEmpty()) {
				return null;
			}
			StringBuilder uri = new StringBuilder(this.text.length() + 32).append(this.literals.get(0));
			for (int i = 0; i < this.names.size(); i++) {
				Object value = values.apply(i);
				if (!isPlain(value)) {
					return null;
				}
				uri.append(encode(value.toString())).append(this.literals.get(i + 1));
			}
			return URI.create(uri.toString());
		}

		private static boolean isPlain(@Nullable Object value) {
			return (value instanceof CharSequence text && !text.isEmpty()) || value instanceof Number
					|| value instanceof Boolean || value instanceof UUID || value instanceof Enum;
		}

		private static String encode(String value) {
			for (int i = 0; i < value.length(); i++) {
				if (!isUnreserved(value.charAt(i))) {
					return UriUtils.encode(value, StandardCharsets.UTF_8);
				}
			}
			return value;
		}

		/**
		 * RFC 3986, section 2.3.
		 */
		private static boolean isUnreserved(char c) {
			return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'
					|| c == '_' || c == '~';
		}

		/**
		 * Returns whether it is expanded as by a builder of the same template, whose mode
		 * of encoding may be another.
		 */
		boolean makesTheUriOf(UriBuilder builder) {
			Object[] samples = new Object[this.names.size()];
			for (int i = 0; i < samples.length; i++) {
				samples[i] = SAMPLE + i;
			}
			try {
				return builder.build(samples).equals(expand((i) -> samples[i]));
			}
			catch (IllegalArgumentException ex) {
				return false;
			}
		}

	}

	/**
	 * Expands a template, or goes on as Spring's builder if anything is added to it.
	 */
	private final class TemplateBuilder implements UriBuilder {

		private final String template;

		private final Template parsed;

		private @Nullable UriBuilder changed;

		TemplateBuilder(String template, Template parsed) {
			this.template = template;
			this.parsed = parsed;
		}

		private UriBuilder change() {
			UriBuilder builder = this.changed;
			if (builder == null) {
				builder = UriTemplates.this.builders.apply(this.template);
				this.changed = builder;
			}
			return builder;
		}

		@Override
		public URI build(@Nullable Object... values) {
			boolean enough = this.changed == null && values.length >= this.parsed.names().size();
			URI uri = enough ? this.parsed.expand((i) -> values[i]) : null;
			return (uri != null) ? uri : change().build(values);
		}

		@Override
		public URI build(Map<String, ?> values) {
			URI uri = (this.changed == null) ? this.parsed.expand((i) -> values.get(this.parsed.names().get(i))) : null;
			return (uri != null) ? uri : change().build(values);
		}

		@Override
		public String toUriString() {
			return (this.changed != null) ? this.changed.toUriString() : this.parsed.text();
		}

		@Override
		public UriBuilder scheme(@Nullable String scheme) {
			return change().scheme(scheme);
		}

		@Override
		public UriBuilder userInfo(@Nullable String userInfo) {
			return change().userInfo(userInfo);
		}

		@Override
		public UriBuilder host(@Nullable String host) {
			return change().host(host);
		}

		@Override
		public UriBuilder port(int port) {
			return change().port(port);
		}

		@Override
		public UriBuilder port(@Nullable String port) {
			return change().port(port);
		}

		@Override
		public UriBuilder path(String path) {
			return change().path(path);
		}

		@Override
		public UriBuilder replacePath(@Nullable String path) {
			return change().replacePath(path);
		}

		@Override
		public UriBuilder pathSegment(String... segments) {
			return change().pathSegment(segments);
		}

		@Override
		public UriBuilder query(String query) {
			return change().query(query);
		}

		@Override
		public UriBuilder replaceQuery(@Nullable String query) {
			return change().replaceQuery(query);
		}

		@Override
		public UriBuilder queryParam(String name, @Nullable Object... values) {
			return change().queryParam(name, values);
		}

		@Override
		public UriBuilder queryParam(String name, @Nullable Collection<?> values) {
			return change().queryParam(name, values);
		}

		@Override
		public UriBuilder queryParamIfPresent(String name, Optional<?> value) {
			return change().queryParamIfPresent(name, value);
		}

		@Override
		public UriBuilder queryParams(MultiValueMap<String, String> params) {
			return change().queryParams(params);
		}

		@Override
		public UriBuilder replaceQueryParam(String name, @Nullable Object... values) {
			return change().replaceQueryParam(name, values);
		}

		@Override
		public UriBuilder replaceQueryParam(String name, @Nullable Collection<?> values) {
			return change().replaceQueryParam(name, values);
		}

		@Override
		public UriBuilder replaceQueryParams(MultiValueMap<String, String> params) {
			return change().replaceQueryParams(params);
		}

		@Override
		public UriBuilder fragment(@Nullable String fragment) {
			return change().fragment(fragment);
		}

	}

}
