package dev.dbpool.client;

import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.util.DefaultUriBuilderFactory;
import org.springframework.web.util.DefaultUriBuilderFactory.EncodingMode;
import org.springframework.web.util.UriBuilder;
import org.springframework.web.util.UriBuilderFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * URIs are those of Spring's own factory, whatever the template and its values.
 */
class UriTemplatesTests {

	private static final String BASE = "http://127.0.0.1:3000/api";

	private static final List<String> TEMPLATES = List.of("", "/", "/cars", "/cars?id=eq.{id}", "/cars/{id}",
			"/cars/{id}/parts/{part}?select=a,b&order={order}.desc", "/cars?{name}=eq.{value}", "/a//b/{id}",
			"/cars?a={x}&b={y}&a={z}", "/käfer/{id}?näme=eq.{x}&y=ü z", "/cars?id=in.({a},{b})", "/cars/{id:[0-9]+}",
			"/cars?q=%7B{id}%7D&r=%20", "/cars#{part}", "/cars?id={id}#f", "/{id}{id}", "{id}", "cars?id={id}",
			"http://other:1/cars/{id}", "http://{host}/cars", "/cars?a={x", "/cars?a=x}&b={y}", "/cars;v={v}/x",
			"/cars?id={}&x={x}", "/cars?a={ä}&b={a_b}", "/cars?id=eq.{id}&id=neq.{id}", "/../cars/{id}", "?a={x}",
			"/cars?a");

	private static final List<Object> VALUES = Arrays.asList(1, 1L, -2.5, true, "x", "", "a b", "ä€😀", "a/b?c=d&e#f",
			"{x}", "%20", "+", "..", "~-_.", UUID.fromString("8c5f3b7e-0d5b-4b60-9d21-3d7f1a2b3c4d"),
			List.of("a", "b c"), new String[] { "a", "b&c" }, new int[] { 1, 2 }, Optional.of("x"), EncodingMode.NONE,
			'c', String.class, new StringBuilder("a b"), "\r\n", "\ud800", null);

	private final DefaultUriBuilderFactory spring = new DefaultUriBuilderFactory(BASE);

	private final UriTemplates templates = new UriTemplates(this.spring::uriString);

	@Test
	void urisAreThoseOfSpring() {
		Random random = new Random(1);
		for (String template : TEMPLATES) {
			for (int i = 0; i < 200; i++) {
				Object[] values = random.ints(random.nextInt(5), 0, VALUES.size()).mapToObj(VALUES::get).toArray();
				Map<String, Object> byName = new HashMap<>();
				List.of("id", "x", "y", "part", "name")
					.forEach((name) -> byName.put(name, VALUES.get(random.nextInt(VALUES.size()))));
				assertSame(template, values, (factory) -> factory.expand(template, values));
				assertSame(template, values, (factory) -> factory.uriString(template).build(values));
				assertSame(template, byName, (factory) -> factory.expand(template, byName));
				assertSame(template, byName, (factory) -> factory.uriString(template).build(byName));
			}
		}
	}

	@Test
	void urisThatAreBuiltAreThoseOfSpring() {
		for (String template : TEMPLATES) {
			Object[] values = { "a b", 2, "c", "d", "e" };
			assertSame(template, values, (factory) -> {
				UriBuilder builder = factory.uriString(template);
				builder.path("/more").queryParam("p", "{x}").replaceQueryParam("q", List.of(1)).fragment("{f}");
				return builder.build(values);
			});
			assertSame(template, values,
					(factory) -> factory.uriString(template)
						.scheme("https")
						.userInfo("me")
						.host("h")
						.port(1)
						.port("2")
						.replacePath("/p")
						.pathSegment("{s}", "t")
						.query("a={x}")
						.replaceQuery("b={x}")
						.queryParam("c", List.of("d"))
						.queryParamIfPresent("e", Optional.of("f"))
						.queryParams(new LinkedMultiValueMap<>(Map.of("g", List.of("h"))))
						.replaceQueryParam("b", "i")
						.build(values));
			assertSame(template, values,
					(factory) -> factory.uriString(template)
						.replaceQueryParams(new LinkedMultiValueMap<>(Map.of("j", List.of("{k}"))))
						.build(values));
			assertSame(template, values, (factory) -> factory.builder().path("/cars/{id}").build(values));
			assertThat(text(this.templates, template)).isEqualTo(text(this.spring, template));
		}
	}

	@Test
	void otherEncodingsAreLeftToSpring() {
		for (EncodingMode mode : EncodingMode.values()) {
			DefaultUriBuilderFactory encoding = new DefaultUriBuilderFactory(BASE);
			encoding.setEncodingMode(mode);
			UriTemplates templates = new UriTemplates(encoding::uriString);
			for (String value : List.of("a", "a/b", "a&b=c", "ä")) {
				assertThat(templates.expand("/cars/{id}?a={x}", value, value))
					.isEqualTo(encoding.expand("/cars/{id}?a={x}", value, value));
			}
		}
	}

	@Test
	void emptyValuesOfABaseWithoutAPathAreThoseOfSpring() {
		DefaultUriBuilderFactory root = new DefaultUriBuilderFactory("http://127.0.0.1:3000");
		UriTemplates templates = new UriTemplates(root::uriString);
		for (int i = 0; i < 3; i++) {
			assertThat(templates.expand("{id}/b", "")).isEqualTo(root.expand("{id}/b", ""));
			assertThat(templates.expand("http://h:{port}/x", "")).isEqualTo(root.expand("http://h:{port}/x", ""));
		}
	}

	@Test
	void aTemplateIsParsedOnceAndOnlyIfItIsUsedAgain() {
		AtomicInteger parsed = new AtomicInteger();
		UriTemplates counting = new UriTemplates((template) -> {
			parsed.incrementAndGet();
			return this.spring.uriString(template);
		});
		for (int i = 0; i < 10; i++) {
			assertThat(counting.expand("/cars?id=eq.{id}", i)).hasToString(BASE + "/cars?id=eq." + i);
		}
		assertThat(parsed).as("by Spring, and by ourselves").hasValue(2);
		for (int i = 0; i < 10; i++) {
			assertThat(counting.expand("/cars?id=eq." + i)).hasToString(BASE + "/cars?id=eq." + i);
		}
		assertThat(parsed).hasValue(12);
		String tooLong = "/cars?id=in.(" + "1,".repeat(500) + "2)";
		for (int i = 0; i < 10; i++) {
			assertThat(counting.expand(tooLong)).isEqualTo(this.spring.expand(tooLong));
		}
		assertThat(parsed).hasValue(22);
	}

	@Test
	void variablesOfTheApplicationHaveTheirDefaults() {
		WebClient client = client(
				WebClient.builder().baseUrl(BASE).defaultUriVariables(Map.of("version", "v1", "id", 7)));
		UriBuilderFactory templates = UriTemplates.of(client).orElseThrow();
		assertThat(templates.expand("/{version}/cars/{id}", Map.of("id", 8))).hasToString(BASE + "/v1/cars/8");
		assertThat(templates.expand("/{version}/cars/{id}")).hasToString(BASE + "/v1/cars/7");
	}

	@Test
	void aFactoryOfTheApplicationStays() {
		UriBuilderFactory own = new DefaultUriBuilderFactory(BASE) {

			@Override
			public UriBuilder uriString(String template) {
				UriTemplatesTests.this.templates.uriString(template);
				return UriTemplatesTests.this.templates.uriString(template);
			}

		};
		assertThat(UriTemplates.of(client(WebClient.builder().uriBuilderFactory(own)))).isEmpty();
		assertThat(UriTemplates.of(client(WebClient.builder()))).isPresent();
	}

	@Test
	void aFactoryWhoseBuildersAreNotAlikeStays() {
		UriBuilderFactory own = new DefaultUriBuilderFactory(BASE) {

			@Override
			public UriBuilder builder() {
				return super.builder().path("/tenant");
			}

		};
		assertThat(UriTemplates.of(client(WebClient.builder().uriBuilderFactory(own)))).isEmpty();
	}

	private static WebClient client(WebClient.Builder builder) {
		return builder.exchangeFunction((request) -> Mono.empty()).build();
	}

	private void assertSame(String template, Object values, Function<UriBuilderFactory, URI> use) {
		assertThat(outcome(() -> use.apply(this.templates))).as("%s with %s", template, values)
			.isEqualTo(outcome(() -> use.apply(this.spring)));
	}

	private static String text(UriBuilderFactory factory, String template) {
		return outcome(() -> factory.uriString(template).toUriString());
	}

	private static String outcome(Supplier<?> use) {
		try {
			return use.get().toString();
		}
		catch (RuntimeException ex) {
			return ex.toString();
		}
	}

}
