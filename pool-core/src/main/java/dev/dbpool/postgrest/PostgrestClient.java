package dev.dbpool.postgrest;

import java.util.List;

import dev.dbpool.postgrest.http.Headers;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PreferringExchange;
import dev.dbpool.postgrest.http.WebClientExchange;
import dev.dbpool.postgrest.value.Names;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * A reactive client of PostgREST. Immutable.
 */
public final class PostgrestClient implements PostgrestOperations {

	private final PostgrestExchange exchange;

	private final @Nullable String schema;

	private PostgrestClient(PostgrestExchange exchange, @Nullable String schema) {
		this.exchange = exchange;
		this.schema = schema;
	}

	/**
	 * A client over a {@link WebClient}.
	 * @param restRoot a client whose base URL is the REST root, with the headers that
	 * identify the caller
	 * @return the client
	 */
	public static PostgrestClient create(WebClient restRoot) {
		return over(new WebClientExchange(restRoot));
	}

	/**
	 * A client over an exchange.
	 * @param exchange what sends the requests
	 * @return the client
	 */
	public static PostgrestClient over(PostgrestExchange exchange) {
		return new PostgrestClient(exchange, null);
	}

	@Override
	public Table from(String table) {
		return new Table(this.exchange, Names.path(table, "table"), this.schema);
	}

	@Override
	public RpcCall rpc(String function) {
		return new RpcCall(new Call(this.exchange, RequestSpec.rpc(Names.path(function, "function"), this.schema)));
	}

	@Override
	public PostgrestClient schema(String schema) {
		return new PostgrestClient(this.exchange, Headers.requireSchema(schema));
	}

	@Override
	public PostgrestClient prefer(String preference) {
		return new PostgrestClient(PreferringExchange.over(this.exchange, List.of(preference)), this.schema);
	}

	@Override
	public Mono<JsonNode> openApi() {
		return OpenApi.read(this.exchange, this.schema);
	}

	/**
	 * The same client for callers that may block.
	 * @return the blocking view
	 */
	public BlockingPostgrestClient blocking() {
		return new BlockingPostgrestClient(this.exchange, this.schema);
	}

}
