package dev.dbpool.benchmark.load;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import dev.dbpool.benchmark.Options;
import dev.dbpool.benchmark.Query;
import dev.dbpool.benchmark.Server;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * What to call, how often and for how long.
 */
@Command(name = "load-test", description = "Calls a server at a constant rate by one client after the other, prints "
		+ "live values, and writes a report.")
interface Settings {

	Options<Settings> OPTIONS = new Options<>(Settings.class,
			Map.of("--rate", "100", "--seconds", "3", "--warm-up-seconds", "1"));

	@Option(names = { "-h", "--help" }, usageHelp = true, description = "Print these options and exit.")
	boolean help();

	@Option(names = "--quick",
			description = "Seconds only: --rate=100 --seconds=3 --warm-up-seconds=1, unless they are given.")
	boolean quick();

	@Option(names = "--rate", converter = Options.Count.class, defaultValue = "500",
			description = "Calls that arrive in each second, whether earlier ones have ended or not "
					+ "(default: ${DEFAULT-VALUE}).")
	int rate();

	@Option(names = "--callers", converter = Options.Count.class,
			description = "Instead of a rate: so many callers, each of which calls again when its call has ended.")
	@Nullable Integer callers();

	@Option(names = "--seconds", converter = Options.Count.class, defaultValue = "20",
			description = "How long each client is measured (default: ${DEFAULT-VALUE}).")
	int seconds();

	@Option(names = "--warm-up-seconds", converter = Options.Count.class, defaultValue = "8",
			description = "Warm-up before that, by 8 callers (default: ${DEFAULT-VALUE}).")
	int warmUpSeconds();

	@Option(names = "--clients", split = ",", paramLabel = "CLIENT",
			description = "Clients to compare; the first is the one to compare with (default: ${DEFAULT-VALUE}).")
	List<ClientKind> clients();

	@Option(names = "--connections", converter = Options.Count.class, defaultValue = "20",
			description = "Read connections of the pool, and connections of PostgREST to PostgreSQL "
					+ "(default: ${DEFAULT-VALUE}).")
	int connections();

	@Option(names = "--server", paramLabel = "SERVER", defaultValue = "postgrest",
			description = "What is started and called without --url: postgrest, or stub, which answers for next to no "
					+ "processor time (default: ${DEFAULT-VALUE}).")
	Server server();

	@Option(names = "--rows", converter = Query.RowCount.class, defaultValue = "1",
			description = "Rows that each call reads without --url (default: ${DEFAULT-VALUE}).")
	Query query();

	@Option(names = "--tls", description = "The started server speaks TLS; a proxy terminates it before PostgREST.")
	boolean tls();

	@Option(names = "--latency-millis", converter = Options.Millis.class,
			description = "Round trip time that a proxy between client and server adds.")
	@Nullable Duration latency();

	@Option(names = "--url", description = "A running server: the root of a PostgREST, or an application.")
	@Nullable URI url();

	@Option(names = "--path", converter = EncodedPath.class, defaultValue = "/",
			description = "What each call gets from --url, with its query, as it is sent: a blank is %%20 "
					+ "(default: ${DEFAULT-VALUE}).")
	String path();

	@Option(names = "--key", description = "API key and bearer token for --url; the pool needs one.")
	@Nullable String key();

	@Option(names = "--pool-status", paramLabel = "URL",
			description = "Actuator endpoint databasepool of the application that is called: the report shows its pool.")
	@Nullable URI poolStatus();

	@Option(names = "--report", paramLabel = "FILE", defaultValue = "target/load-test.html",
			description = "File for the report (default: ${DEFAULT-VALUE}).")
	Path report();

	/**
	 * Reads a path that may be sent as it is.
	 */
	final class EncodedPath implements ITypeConverter<String> {

		@Override
		public String convert(String value) {
			try {
				if (value.startsWith("/") && new URI("http://server" + value).getRawFragment() == null) {
					return value;
				}
			}
			catch (URISyntaxException ex) {
				throw rejected(value);
			}
			throw rejected(value);
		}

		private static TypeConversionException rejected(String value) {
			return new TypeConversionException("'" + value
					+ "' is not an encoded path: begin with a slash, and write a blank as %20 and a percent sign as %25");
		}

	}

}
