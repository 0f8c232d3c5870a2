package dev.dbpool.transport;

import org.junit.jupiter.api.Tag;

@Tag("slow")
class PlainAnswerTests extends AnswerContract {

	@Override
	TestServer startServer(TestServer.Handler handler) {
		return TestServer.start(handler);
	}

	@Override
	HttpConnector.Builder configure(HttpConnector.Builder builder) {
		return builder;
	}

}
