package dev.dbpool.transport;

import java.nio.file.Path;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class TlsAnswerTests extends AnswerContract {

	private static TestCertificate certificate;

	@BeforeAll
	static void createCertificate(@TempDir Path directory) throws Exception {
		certificate = TestCertificate.create(directory);
	}

	@Override
	TestServer startServer(TestServer.Handler handler) {
		return TestServer.start(certificate.serverSockets(), handler);
	}

	@Override
	HttpConnector.Builder configure(HttpConnector.Builder builder) {
		return builder.sslContext(certificate.trusting());
	}

}
