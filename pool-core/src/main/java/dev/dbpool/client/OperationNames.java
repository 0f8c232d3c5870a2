package dev.dbpool.client;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.http.HttpMethod;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Names of exchanges, made from URI templates, so that no value is part of a name. They
 * travel from the client that knows the template to the connection in the context of the
 * subscriber.
 */
final class OperationNames {

	private static final String WEB_CLIENT_TEMPLATE = WebClient.class.getName() + ".uriTemplate";

	private static final String REST_CLIENT_TEMPLATE = RestClient.class.getName() + ".uriTemplate";

	private OperationNames() {
	}

	/**
	 * A filter of a {@code WebClient} that passes the template on.
	 */
	static Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		return next.exchange(request)
			.contextWrite((context) -> put(context, request.attributes().get(WEB_CLIENT_TEMPLATE)));
	}

	/**
	 * Puts the template that a {@code RestClient} knows into a context.
	 */
	static Context putTemplateOf(Map<String, Object> attributes, Context context) {
		return put(context, attributes.get(REST_CLIENT_TEMPLATE));
	}

	private static Context put(Context context, @Nullable Object template) {
		return (template != null) ? context.put(OperationNames.class, path(template.toString())) : context;
	}

	/**
	 * Names an exchange by method and template, or by its lane where there is no
	 * template.
	 */
	static String in(ContextView context, HttpMethod method, Lane lane) {
		return method + " " + context.getOrDefault(OperationNames.class, "(" + lane.id() + " lane)");
	}

	private static String path(String template) {
		int scheme = template.indexOf("://");
		int start = (scheme < 0) ? 0 : Math.max(template.indexOf('/', scheme + 3), 0);
		int query = template.indexOf('?', start);
		return template.substring(start, (query < 0) ? template.length() : query);
	}

}
