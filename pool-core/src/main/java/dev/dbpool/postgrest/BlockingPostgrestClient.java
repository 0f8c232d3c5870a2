package dev.dbpool.postgrest;

import java.util.List;

import dev.dbpool.postgrest.http.BlockingCalls;
import dev.dbpool.postgrest.http.Headers;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PreferringExchange;
import dev.dbpool.postgrest.http.WebClientExchange;
import dev.dbpool.postgrest.value.Names;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * A blocking client of PostgREST. Immutable.
 */
public final class BlockingPostgrestClient implements BlockingPostgrestOperations {

	private final PostgrestExchange exchange;

	private final @Nullable String schema;

	BlockingPostgrestClient(PostgrestExchange exchange, @Nullable String schema) {
		this.exchange = exchange;
		this.schema = schema;
	}

	/**
	 * A client over a {@link WebClient}.
	 * @param restRoot a client whose base URL is the REST root, with the headers that
	 * identify the caller
	 * @return the client
	 */
	public static BlockingPostgrestClient create(WebClient restRoot) {
		return over(new WebClientExchange(restRoot));
	}

	/**
	 * A client over an exchange.
	 * @param exchange what sends the requests
	 * @return the client
	 */
	public static BlockingPostgrestClient over(PostgrestExchange exchange) {
		return new BlockingPostgrestClient(exchange, null);
	}

	@Override
	public BlockingTable from(String table) {
		return new BlockingTable(this.exchange, Names.path(table, "table"), this.schema);
	}

	@Override
	public BlockingRpcCall rpc(String function) {
		return new BlockingRpcCall(
				new Call(this.exchange, RequestSpec.rpc(Names.path(function, "function"), this.schema)));
	}

	@Override
	public BlockingPostgrestClient schema(String schema) {
		return new BlockingPostgrestClient(this.exchange, Headers.requireSchema(schema));
	}

	@Override
	public BlockingPostgrestClient prefer(String preference) {
		return new BlockingPostgrestClient(PreferringExchange.over(this.exchange, List.of(preference)), this.schema);
	}

	@Override
	public JsonNode openApi() {
		return BlockingCalls.one(OpenApi.read(this.exchange, this.schema));
	}

}
