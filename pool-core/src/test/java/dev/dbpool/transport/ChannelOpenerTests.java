package dev.dbpool.transport;

import io.netty.handler.codec.http.HttpDecoderConfig;
import org.junit.jupiter.api.Test;
import reactor.netty.http.client.HttpClient;

import static org.assertj.core.api.Assertions.assertThat;

class ChannelOpenerTests {

	@Test
	void keepsWhatACustomizerSetsForTheDecoder() {
		HttpDecoderConfig decoding = ChannelOpener.decoding(
				HttpClient.create().httpResponseDecoder((decoder) -> decoder.validateHeaders(false)).configuration());
		assertThat(decoding.getHeadersFactory().newHeaders().add("not a name", "").names()).contains("not a name");
	}

}
