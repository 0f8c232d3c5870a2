package dev.dbpool.benchmark.server;

import java.nio.charset.StandardCharsets;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The answers beside those of PostgREST 12.0.2 to the same queries.
 */
class StubAnswersTests {

	private static final String SELECT = "/items?select=id,name,category,price,stock,note";

	private final StubAnswers answers = new StubAnswers();

	@Test
	void singleRowIsAnsweredAsPostgrestDoes() {
		assertThat(answer("GET " + SELECT + "&id=eq.3&order=id HTTP/1.1")).isEqualTo("""
				HTTP/1.1 200 OK
				Transfer-Encoding: chunked
				Date: Sun, 29 Nov 2026 07:55:32 GMT
				Server: postgrest/12.0.2
				Content-Range: 0-0/*
				Content-Location: /items?id=eq.3&order=id&select=id%2Cname%2Ccategory%2Cprice%2Cstock%2Cnote
				Content-Type: application/json; charset=utf-8

				0052
				[{"id":3,"name":"Item number 3","category":0,"price":1.11,"stock":21,"note":null}]
				0

				""");
	}

	@Test
	void severalRowsAreAnsweredAsPostgrestDoes() {
		assertThat(answer("GET " + SELECT + "&id=gte.10&order=id&limit=3 HTTP/1.1")).contains("Content-Range: 0-2/*")
			.endsWith(
					"""

							0128
							[{"id":10,"name":"Item number 10","category":0,"price":3.70,"stock":70,"note":"In stock since week 10"},\s
							 {"id":11,"name":"Item number 11","category":0,"price":4.07,"stock":77,"note":"In stock since week 11"},\s
							 {"id":12,"name":"Item number 12","category":0,"price":4.44,"stock":84,"note":null}]
							0

							""");
	}

	@Test
	void rowsOfAListOfIdsAreAnswered() {
		assertThat(answer("GET " + SELECT + "&id=in.%287,9%29 HTTP/1.1")).contains("Content-Range: 0-1/*",
				"[{\"id\":7,", "{\"id\":9,");
		assertThat(answer("GET /items?id=in.(10000,10001)&select=id HTTP/1.1")).contains("Content-Range: 0-0/*",
				"[{\"id\":10000,");
	}

	@Test
	void otherRequestsHaveAnEmptyObject() {
		assertThat(answer("GET / HTTP/1.1")).endsWith("Content-Length: 2\n\n{}");
		assertThat(answer("HEAD / HTTP/1.1")).endsWith("Content-Length: 2\n\n");
	}

	private String answer(String line) {
		ByteBuf answer = this.answers.to(line, UnpooledByteBufAllocator.DEFAULT);
		try {
			return answer.toString(StandardCharsets.US_ASCII).replace("\r\n", "\n");
		}
		finally {
			answer.release();
		}
	}

}
