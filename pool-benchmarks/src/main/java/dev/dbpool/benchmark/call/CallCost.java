package dev.dbpool.benchmark.call;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import dev.dbpool.benchmark.call.CallVariant.Call;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * One caller that asks for rows, again and again: a number of calls rather than a time,
 * so that all clients are equally warm whatever else the machine does.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CallCost {

	/** Over a socket, or answered in its place. */
	@Param({ "socket", "none" })
	public String network = "";

	/** Rows of an answer. */
	@Param({ "1", "1000" })
	public int rows;

	/** Who asks. */
	@Param({ "HAND_WRITTEN", "QUERY_BUILDER", "POOLED" })
	public CallVariant variant = CallVariant.HAND_WRITTEN;

	private @Nullable StubServer server;

	private @Nullable Call call;

	/**
	 * Opens the client, and checks that it returns the rows.
	 */
	@Setup
	public void open() {
		String json = Item.json(this.rows);
		StubServer opened = new StubServer(json);
		WebClient.Builder builder = WebClient.builder().codecs((codecs) -> codecs.defaultCodecs().maxInMemorySize(-1));
		if (this.network.equals("none")) {
			builder.filter(CallVariant.withoutNetwork(json));
		}
		Call asking = this.variant.open(opened, builder);
		this.server = opened;
		this.call = asking;
		List<Item> items = asking.rows().get();
		if (items.size() != this.rows || items.get(this.rows - 1).id() != this.rows) {
			throw new IllegalStateException("wrong rows");
		}
	}

	/**
	 * Closes the client.
	 */
	@TearDown
	public void close() {
		Objects.requireNonNull(this.call).closing().run();
		Objects.requireNonNull(this.server).close();
	}

	/**
	 * Asks for rows.
	 * @return the rows
	 */
	@Benchmark
	public List<Item> ask() {
		return Objects.requireNonNull(this.call).rows().get();
	}

}
