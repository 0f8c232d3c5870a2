package dev.dbpool.benchmark.load;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

import dev.dbpool.benchmark.Options;
import dev.dbpool.benchmark.Server;
import dev.dbpool.benchmark.Target;
import dev.dbpool.embedded.proxy.FaultProxy;
import dev.dbpool.embedded.proxy.Toxic;
import org.jspecify.annotations.Nullable;

/**
 * Puts one client after the other under the same load, and reports what they made of it.
 */
public final class LoadTest {

	/**
	 * Callers that wait for their answers leave no backlog, however slow a client is that
	 * was not compiled yet.
	 */
	private static final int WARM_UP_CALLERS = 8;

	private final Settings settings;

	private LoadTest(Settings settings) {
		this.settings = settings;
	}

	/**
	 * Runs the load, prints the table and writes the report.
	 * @param arguments the options, see {@code docs/load-test.md}
	 */
	public static void main(String... arguments) {
		System.exit(Settings.OPTIONS.run(LoadTest::report, arguments));
	}

	private static int report(Settings settings) throws IOException {
		Map<ClientKind, Measurement> measurements = run(settings);
		System.out.println(Table.of(settings, measurements));
		Options.write(HtmlReport.of(settings, measurements), settings.report());
		System.out.println("Report: " + settings.report().toAbsolutePath());
		return 0;
	}

	static Map<ClientKind, Measurement> run(Settings settings) throws IOException {
		return new LoadTest(settings).run();
	}

	/**
	 * Starts a server for each client, so that none meets what another one has left.
	 */
	private Map<ClientKind, Measurement> run() throws IOException {
		Map<ClientKind, Measurement> measurements = new EnumMap<>(ClientKind.class);
		for (ClientKind kind : this.settings.clients()) {
			measurements.put(kind, run(kind));
		}
		return measurements;
	}

	private Measurement run(ClientKind kind) throws IOException {
		URI url = this.settings.url();
		if (url != null) {
			String key = this.settings.key();
			return run(kind, new Target(url, (key != null) ? key : "", null), Request.path(this.settings.path()));
		}
		try (Server.Running server = this.settings.server().start(this.settings.connections(), this.settings.tls())) {
			return run(kind, server.target(), Request.items(this.settings.query()));
		}
	}

	private Measurement run(ClientKind kind, Target server, Request request) {
		Duration latency = this.settings.latency();
		if (latency == null) {
			return measure(kind, server, request);
		}
		URI url = server.url();
		if (url.getScheme().equals("https") && server.certificate() == null) {
			throw new IllegalArgumentException("--latency-millis cannot delay " + url + ": the proxy has another host "
					+ "name than its certificate. Use an http URL, or a started server with --tls");
		}
		try (FaultProxy proxy = FaultProxy.to(url.getHost(), port(url))) {
			proxy.addUpstream(Toxic.latency(latency.dividedBy(2)));
			proxy.addDownstream(Toxic.latency(latency.dividedBy(2)));
			URI slow = URI.create(url.getScheme() + "://127.0.0.1:" + proxy.port() + url.getRawPath());
			return measure(kind, new Target(slow, server.key(), server.certificate()), request);
		}
	}

	private static int port(URI url) {
		return (url.getPort() > 0) ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
	}

	private Measurement measure(ClientKind kind, Target target, Request request) {
		try (LoadClient client = observed(kind.create(target, request, this.settings.connections()))) {
			run(client, WARM_UP_CALLERS, this.settings.warmUpSeconds(), "warm-up: " + kind.title());
			return run(client, this.settings.callers(), this.settings.seconds(), kind.title());
		}
	}

	private LoadClient observed(LoadClient client) {
		URI status = this.settings.poolStatus();
		return (status != null) ? new ObservedClient(client, status) : client;
	}

	private Measurement run(LoadClient client, @Nullable Integer callers, int seconds, String title) {
		Progress progress = new Progress(System.err, System.console() != null, title, seconds);
		Measurement measurement = new Load(client, this.settings.rate(), callers).run(Duration.ofSeconds(seconds),
				progress::show);
		progress.end();
		return measurement;
	}

}
