package dev.dbpool.postgrest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import dev.dbpool.embedded.PostgrestServer;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Reads rows in a JVM of its own, whose heap is smaller than they are.
 */
final class StreamedRows {

	private StreamedRows() {
	}

	/**
	 * Reads rows of a width.
	 * @return what the JVM printed: the number of rows and the sum of their numbers
	 */
	static String read(PostgrestServer server, String heap, int rows, int width) throws IOException {
		Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-Xmx" + heap,
				"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
				StreamedRows.class.getName(), server.url().toString(), server.serviceKey(), Integer.toString(rows),
				Integer.toString(width))
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		try {
			List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
			return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
		}
		finally {
			process.destroy();
		}
	}

	public static void main(String[] args) {
		PostgrestClient db = PostgrestClient.create(WebClient.builder()
			.baseUrl(args[0])
			.defaultHeaders((headers) -> headers.setBearerAuth(args[1]))
			.build());
		long[] result = db.rpc("wide_rows")
			.arg("count", Integer.valueOf(args[2]))
			.arg("width", Integer.valueOf(args[3]))
			.readOnly()
			.stream(WideRow.class)
			.reduce(new long[2], (sum, row) -> new long[] { sum[0] + 1, sum[1] + row.n() })
			.blockOptional()
			.orElseThrow();
		System.out.println(result[0] + " " + result[1]);
	}

	record WideRow(int n, String filling) {
	}

}
