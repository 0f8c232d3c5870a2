package dev.dbpool.transport;

import org.junit.jupiter.api.Tag;

@Tag("slow")
class TlsAnswerTests extends AnswerContract {

	@Override
	TestServer startServer(TestServer.Handler handler) {
		return TestServer.start(TestCertificate.get().serverSockets(), handler);
	}

	@Override
	HttpConnector.Builder configure(HttpConnector.Builder builder) {
		return builder.sslContext(TestCertificate.get().trusting());
	}

}
