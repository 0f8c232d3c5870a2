package dev.dbpool.autoconfigure.dashboard;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A page in a real Chromium without a window, controlled by the DevTools protocol. Used
 * by one thread.
 */
public final class Browser implements AutoCloseable {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final int SECONDS = 60;

	private final Process process;

	private final WebSocket socket;

	private final Messages messages = new Messages();

	private int commands;

	private Browser(Process process, URI page) {
		this.process = process;
		this.socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(page, this.messages).join();
	}

	/**
	 * Returns where Chromium is.
	 * @return its program, if it is on the PATH
	 */
	public static Optional<String> program() {
		return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
			.flatMap((folder) -> Stream.of("chromium", "chromium-browser", "google-chrome")
				.map((name) -> new File(folder, name)))
			.filter(File::canExecute)
			.map(File::getPath)
			.findFirst();
	}

	/**
	 * Opens a page.
	 * @param program the program of Chromium
	 * @param profile a folder for its files
	 * @param url the address of the page
	 */
	public static Browser open(String program, Path profile, String url) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(program, "--headless", "--no-sandbox", "--disable-gpu",
				"--remote-debugging-port=0", "--user-data-dir=" + profile, url)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		try {
			Browser browser = new Browser(process, page(profile.resolve("DevToolsActivePort"), url));
			browser.awaitTrue("document.readyState === 'complete' && location.href !== 'about:blank'");
			return browser;
		}
		catch (RuntimeException | IOException | InterruptedException ex) {
			process.destroyForcibly();
			throw ex;
		}
	}

	private static URI page(Path portFile, String url) throws IOException, InterruptedException {
		await().atMost(SECONDS, TimeUnit.SECONDS)
			.until(() -> Files.exists(portFile) && Files.readAllLines(portFile).size() >= 2);
		URI pages = URI.create("http://127.0.0.1:" + Files.readAllLines(portFile).get(0) + "/json/list");
		String found = await().atMost(SECONDS, TimeUnit.SECONDS).until(() -> find(pages, url), (one) -> !one.isEmpty());
		return URI.create(found);
	}

	private static String find(URI pages, String url) throws IOException, InterruptedException {
		HttpResponse<String> answer = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(pages).build(), HttpResponse.BodyHandlers.ofString());
		for (JsonNode page : JSON.readTree(answer.body())) {
			if (page.path("url").stringValue("").equals(url)) {
				return page.path("webSocketDebuggerUrl").stringValue("");
			}
		}
		return "";
	}

	/**
	 * Evaluates an expression of JavaScript in the page.
	 * @return its value as text
	 */
	public String evaluate(String expression) {
		JsonNode answer = command("Runtime.evaluate", Map.of("expression", expression));
		assertThat(answer.path("result").has("exceptionDetails")).as(answer.toString()).isFalse();
		return answer.path("result").path("result").path("value").asString("");
	}

	/**
	 * Gives the page the size of another window.
	 */
	public void resize(int width, int height) {
		JsonNode answer = command("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
		assertThat(answer.has("result")).as(answer.toString()).isTrue();
	}

	private JsonNode command(String method, Map<String, ?> parameters) {
		int id = ++this.commands;
		this.socket.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
			.join();
		return this.messages.answer(id);
	}

	/**
	 * Waits until an expression is true.
	 */
	public void awaitTrue(String expression) {
		await(expression).atMost(SECONDS, TimeUnit.SECONDS).until(() -> evaluate(expression).equals("true"));
	}

	/**
	 * Clicks on the first element that matches and has the text.
	 */
	public void click(String selector, String text) {
		String element = "[...document.querySelectorAll('%s')].find((one) => one.textContent.includes('%s'))"
			.formatted(selector, text);
		awaitTrue("!!" + element);
		evaluate(element + ".click()");
	}

	@Override
	public void close() {
		this.socket.abort();
		List<ProcessHandle> children = this.process.descendants().toList();
		this.process.destroyForcibly();
		children.forEach(ProcessHandle::destroyForcibly);
		await().atMost(SECONDS, TimeUnit.SECONDS).until(() -> !this.process.isAlive());
	}

	private static final class Messages implements WebSocket.Listener {

		private final LinkedBlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();

		private final StringBuilder text = new StringBuilder();

		@Override
		public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
			this.text.append(data);
			if (last) {
				this.received.add(JSON.readTree(this.text.toString()));
				this.text.setLength(0);
			}
			return WebSocket.Listener.super.onText(socket, data, last);
		}

		JsonNode answer(int id) {
			try {
				JsonNode message;
				do {
					message = this.received.poll(SECONDS, TimeUnit.SECONDS);
					assertThat(message).as("answer of the browser").isNotNull();
				}
				while (message.path("id").intValue(0) != id);
				return message;
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new IllegalStateException(ex);
			}
		}

	}

}
