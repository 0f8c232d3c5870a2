package dev.dbpool.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

import reactor.core.Exceptions;

/**
 * The body of an answer, whose reader gets an {@link IOException} if the connection
 * fails. The stream below throws an unchecked exception of Reactor, which no blocking
 * client translates. It is never an {@link java.io.EOFException}, which
 * {@code RestClient} takes for an empty body.
 */
final class AnswerInputStream extends FilterInputStream {

	AnswerInputStream(InputStream body) {
		super(body);
	}

	@Override
	public int read() throws IOException {
		try {
			return super.read();
		}
		catch (RuntimeException ex) {
			throw unwrapped(ex);
		}
	}

	@Override
	public int read(byte[] bytes, int offset, int length) throws IOException {
		try {
			return super.read(bytes, offset, length);
		}
		catch (RuntimeException ex) {
			throw unwrapped(ex);
		}
	}

	private static RuntimeException unwrapped(RuntimeException failure) throws IOException {
		if (Exceptions.unwrap(failure) instanceof IOException reason) {
			throw new IOException(reason.getMessage(), reason);
		}
		return failure;
	}

}
