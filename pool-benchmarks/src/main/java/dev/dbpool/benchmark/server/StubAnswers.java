package dev.dbpool.benchmark.server;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * The answers of PostgREST 12 to queries of the rows of {@code items.sql} by their ids:
 * {@code id=eq.7}, {@code id=in.(7,9)} or {@code id=gte.7} with a {@code limit}. Anything
 * else has an empty object for an answer.
 */
final class StubAnswers {

	private static final int ROWS = 10_000;

	private static final byte[] BETWEEN_ROWS = ", \n ".getBytes(US_ASCII);

	private static final byte[] END = "\r\n0\r\n\r\n".getBytes(US_ASCII);

	private static final byte[] OTHER = ("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
			+ "Content-Length: 2\r\n\r\n{}")
		.getBytes(US_ASCII);

	private final byte[][] rows = IntStream.rangeClosed(1, ROWS)
		.mapToObj((id) -> row(id).getBytes(US_ASCII))
		.toArray(byte[][]::new);

	private static String row(int id) {
		return String.format(Locale.ROOT,
				"{\"id\":%d,\"name\":\"Item number %d\",\"category\":%d,\"price\":%d.%02d,\"stock\":%d,\"note\":%s}",
				id, id, (id - 1) / 100, id * 37 % 100_000 / 100, id * 37 % 100, id * 7 % 250,
				(id % 3 == 0) ? "null" : "\"In stock since week " + id % 52 + "\"");
	}

	/**
	 * Returns the bytes of an answer.
	 * @param line the first line of the request
	 * @param allocator where they are put
	 */
	ByteBuf to(String line, ByteBufAllocator allocator) {
		String target = line.substring(line.indexOf(' ') + 1, line.lastIndexOf(' '));
		String filter = parameter(target, "id");
		if (!target.startsWith("/items?") || filter == null) {
			return allocator.buffer(OTHER.length)
				.writeBytes(OTHER, 0, line.startsWith("HEAD ") ? OTHER.length - 2 : OTHER.length);
		}
		int[] ids = ids(filter, parameter(target, "limit"));
		int length = 2 + Math.max(0, ids.length - 1) * BETWEEN_ROWS.length
				+ Arrays.stream(ids).map((id) -> this.rows[id - 1].length).sum();
		ByteBuf answer = allocator.buffer(length + 512);
		answer.writeCharSequence(head(ids.length, filter, length), US_ASCII);
		answer.writeByte('[');
		for (int i = 0; i < ids.length; i++) {
			if (i > 0) {
				answer.writeBytes(BETWEEN_ROWS);
			}
			answer.writeBytes(this.rows[ids[i] - 1]);
		}
		return answer.writeByte(']').writeBytes(END);
	}

	private static String head(int rows, String filter, int length) {
		StringBuilder size = new StringBuilder(Integer.toHexString(length));
		while (size.length() < 4) {
			size.insert(0, '0');
		}
		return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: Sun, 29 Nov 2026 07:55:32 GMT\r\n"
				+ "Server: postgrest/12.0.2\r\nContent-Range: " + ((rows > 0) ? "0-" + (rows - 1) + "/*" : "*/*")
				+ "\r\nContent-Location: /items?id=" + filter
				+ "&order=id&select=id%2Cname%2Ccategory%2Cprice%2Cstock%2Cnote\r\n"
				+ "Content-Type: application/json; charset=utf-8\r\n\r\n" + size + "\r\n";
	}

	private static int[] ids(String filter, @Nullable String limit) {
		if (filter.startsWith("eq.")) {
			return existing(IntStream.of(Integer.parseInt(filter.substring("eq.".length()))));
		}
		if (filter.startsWith("gte.")) {
			int first = Integer.parseInt(filter.substring("gte.".length()));
			int rows = (limit != null) ? Integer.parseInt(limit) : ROWS;
			return existing(IntStream.range(first, first + rows));
		}
		String list = URLDecoder.decode(filter, StandardCharsets.UTF_8).replaceAll("[^0-9,]", "");
		return existing(Arrays.stream(list.split(",")).mapToInt(Integer::parseInt));
	}

	private static int[] existing(IntStream ids) {
		return ids.filter((id) -> id >= 1 && id <= ROWS).toArray();
	}

	private static @Nullable String parameter(String target, String name) {
		int start = target.indexOf("?" + name + "=");
		if (start < 0) {
			start = target.indexOf("&" + name + "=");
		}
		if (start < 0) {
			return null;
		}
		int end = target.indexOf('&', start + 1);
		return target.substring(start + name.length() + 2, (end < 0) ? target.length() : end);
	}

}
