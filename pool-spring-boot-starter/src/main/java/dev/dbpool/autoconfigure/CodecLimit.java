package dev.dbpool.autoconfigure;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.core.codec.AbstractDataBufferDecoder;
import org.springframework.http.codec.ClientCodecConfigurer;
import org.springframework.http.codec.DecoderHttpMessageReader;
import org.springframework.http.codec.HttpMessageReader;
import org.springframework.util.unit.DataSize;

/**
 * Raises the limit of Spring's codecs, 256 kB for a row or a single value, which a column
 * of JSON easily passes. A limit that the application chose stays.
 */
final class CodecLimit implements Consumer<ClientCodecConfigurer> {

	private static final int SPRING_DEFAULT = 256 * 1024;

	private static final DataSize DEFAULT = DataSize.ofMegabytes(10);

	private final @Nullable DataSize limit;

	CodecLimit(@Nullable DataSize limit) {
		this.limit = limit;
	}

	@Override
	public void accept(ClientCodecConfigurer codecs) {
		if (this.limit != null) {
			codecs.defaultCodecs().maxInMemorySize(Math.toIntExact(this.limit.toBytes()));
		}
		else if (codecs.getReaders().stream().anyMatch(CodecLimit::hasSpringDefault)) {
			codecs.defaultCodecs().maxInMemorySize(Math.toIntExact(DEFAULT.toBytes()));
		}
	}

	private static boolean hasSpringDefault(HttpMessageReader<?> reader) {
		return reader instanceof DecoderHttpMessageReader<?> decoding
				&& decoding.getDecoder() instanceof AbstractDataBufferDecoder<?> decoder
				&& decoder.getMaxInMemorySize() == SPRING_DEFAULT;
	}

}
