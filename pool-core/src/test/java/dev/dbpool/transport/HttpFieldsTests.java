package dev.dbpool.transport;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link HttpFields}: the headers of Netty are the model of what it does.
 */
class HttpFieldsTests {

	private static Stream<HttpHeaders> both() {
		return Stream.of(new HttpFields(), new DefaultHttpHeaders());
	}

	@ParameterizedTest
	@MethodSource("both")
	void fieldsAreFoundWhateverTheirCase(HttpHeaders headers) {
		headers.add("Accept", "application/json").add("apikey", "key");
		assertThat(headers.get("ACCEPT")).isEqualTo("application/json");
		assertThat(headers.contains("ApiKey")).isTrue();
		assertThat(headers.contains("Prefer")).isFalse();
		assertThat(headers.get("Prefer")).isNull();
		assertThat(headers.containsValue("accept", "APPLICATION/JSON", true)).isTrue();
	}

	@ParameterizedTest
	@MethodSource("both")
	void fieldsOfOneNameFollowEachOther(HttpHeaders headers) {
		headers.add("Prefer", "a").add("Accept", "b").add("prefer", List.of("c", "d"));
		assertThat(headers.getAll("Prefer")).containsExactly("a", "c", "d");
		assertThat(headers.get("Prefer")).isEqualTo("a");
		assertThat(headers.size()).isEqualTo(4);
		assertThat(headers.names()).contains("Prefer", "Accept");
		assertThat(headers.entries()).extracting((field) -> field.getValue()).containsExactly("a", "b", "c", "d");
	}

	@ParameterizedTest
	@MethodSource("both")
	void datesAreWrittenAsHttpDoes(HttpHeaders headers) {
		headers.set("If-Modified-Since", new Date(0));
		assertThat(headers.get("If-Modified-Since")).isEqualTo("Thu, 01 Jan 1970 00:00:00 GMT");
		assertThat(headers.getTimeMillis("If-Modified-Since")).isZero();
	}

	@ParameterizedTest
	@MethodSource("both")
	void settingReplacesAllFieldsOfTheName(HttpHeaders headers) {
		headers.add("Prefer", "a").add("Accept", "b").add("Prefer", "c").set("PREFER", "d");
		assertThat(headers.getAll("Prefer")).containsExactly("d");
		headers.set("Prefer", List.of("e", "f"));
		assertThat(headers.getAll("Prefer")).containsExactly("e", "f");
		headers.remove("prefer");
		assertThat(headers.contains("Prefer")).isFalse();
		assertThat(headers.size()).isOne();
		headers.clear();
		assertThat(headers.isEmpty()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("both")
	void numbersAndTimesAreRead(HttpHeaders headers) {
		headers.set(HttpHeaderNames.CONTENT_LENGTH, 7)
			.set(HttpHeaderNames.DATE, "Sun, 29 Nov 2026 07:55:32 GMT")
			.set("x", "not a number");
		assertThat(headers.getInt("content-length")).isEqualTo(7);
		assertThat(headers.getInt("x")).isNull();
		assertThat(headers.getInt("y", 3)).isEqualTo(3);
		assertThat(headers.getShort("content-length")).isEqualTo((short) 7);
		assertThat(headers.getShort("x", (short) 4)).isEqualTo((short) 4);
		assertThat(headers.getTimeMillis("date")).isEqualTo(1_795_938_932_000L);
		assertThat(headers.getTimeMillis("y", 5L)).isEqualTo(5);
	}

	@ParameterizedTest
	@MethodSource("both")
	void moreFieldsThanUsualKeepTheirOrder(HttpHeaders headers) {
		List<String> names = new ArrayList<>();
		for (int i = 0; i < 40; i++) {
			headers.add("name" + i, i);
			names.add("name" + i + "=" + i);
		}
		List<String> seen = new ArrayList<>();
		headers.iteratorCharSequence().forEachRemaining((field) -> seen.add(field.getKey() + "=" + field.getValue()));
		assertThat(seen).isEqualTo(names);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "na me|value", "name:|value", "''|value", "nämé|value" })
	void invalidNamesAreRejected(String name, String value) {
		both().forEach((headers) -> assertThatIllegalArgumentException().isThrownBy(() -> headers.add(name, value)));
	}

	@Test
	void valuesThatWouldEndTheLineAreRejected() {
		for (String value : new String[] { "a\r\nHost: b", "a\nb", "a\u0000b" }) {
			both().forEach(
					(headers) -> assertThatIllegalArgumentException().isThrownBy(() -> headers.set("name", value)));
		}
	}

	@Test
	void areWrittenAsByTheEncoderOfNetty() {
		HttpFields fields = new HttpFields();
		fields.add("apikey", "key").add("X-Empty", "").add("X-Latin", "\u00fc\u00ff").add("X-Other", "\u010a\u20ac");
		ByteBuf buffer = Unpooled.buffer();
		fields.writeTo(buffer);
		String written = buffer.toString(StandardCharsets.ISO_8859_1);
		assertThat(written).isEqualTo("apikey: key\r\nX-Empty: \r\nX-Latin: \u00fc\u00ff\r\nX-Other: ??\r\n");
		EmbeddedChannel netty = new EmbeddedChannel(new HttpRequestEncoder());
		netty.writeOutbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", Unpooled.EMPTY_BUFFER,
				fields, EmptyHttpHeaders.INSTANCE));
		ByteBuf request = netty.readOutbound();
		assertThat(request.toString(StandardCharsets.ISO_8859_1)).isEqualTo("GET / HTTP/1.1\r\n" + written + "\r\n");
		request.release();
		netty.finishAndReleaseAll();
	}

	@Test
	void aCopyHasTheSameFieldsAndIsChangedAlone() {
		HttpFields fields = new HttpFields();
		fields.add("apikey", "key");
		HttpFields copy = fields.copy();
		copy.add("Accept", "application/json").set("apikey", "other");
		fields.add("Prefer", "count=exact");
		assertThat(copy.entries()).extracting((field) -> field.getKey() + ": " + field.getValue())
			.containsExactly("Accept: application/json", "apikey: other");
		assertThat(fields.entries()).extracting((field) -> field.getKey() + ": " + field.getValue())
			.containsExactly("apikey: key", "Prefer: count=exact");
	}

}
