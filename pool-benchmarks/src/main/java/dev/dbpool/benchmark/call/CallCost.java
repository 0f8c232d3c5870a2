package dev.dbpool.benchmark.call;

import java.util.List;
import java.util.concurrent.TimeUnit;

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
 * One caller that asks for rows, again and again.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CallCost {

	/** Over a socket, or answered in its place. */
	@Param({ "socket", "none" })
	public String network;

	/** Rows of an answer. */
	@Param({ "1", "1000" })
	public int rows;

	/** Who asks. */
	@Param({ "BY_HAND", "QUERY_BUILDER", "POOLED" })
	public Way way;

	private StubServer server;

	private Way.Call call;

	/**
	 * Opens the way, and looks whether it leads to the rows.
	 */
	@Setup
	@SuppressWarnings("NullAway.Init")
	public void open() {
		String json = Item.json(this.rows);
		this.server = new StubServer(json);
		WebClient.Builder builder = WebClient.builder().codecs((codecs) -> codecs.defaultCodecs().maxInMemorySize(-1));
		if (this.network.equals("none")) {
			builder.filter(Way.withoutNetwork(json));
		}
		this.call = this.way.open(this.server, builder);
		List<Item> items = this.call.rows().get();
		if (items.size() != this.rows || items.get(this.rows - 1).id() != this.rows) {
			throw new IllegalStateException("wrong rows");
		}
	}

	/**
	 * Closes the way.
	 */
	@TearDown
	public void close() {
		this.call.closing().run();
		this.server.close();
	}

	/**
	 * Asks for rows.
	 * @return the rows
	 */
	@Benchmark
	public List<Item> ask() {
		return this.call.rows().get();
	}

}
