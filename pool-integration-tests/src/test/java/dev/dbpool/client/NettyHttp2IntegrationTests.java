package dev.dbpool.client;

import dev.dbpool.client.Http2Gateway.Limits;

/**
 * HTTP/2 through a gateway in this process.
 */
class NettyHttp2IntegrationTests extends Http2GatewayContract {

	@Override
	Http2Gateway start(Limits limits) {
		return new NettyGateway(this.certificate, server().url(), limits);
	}

}
