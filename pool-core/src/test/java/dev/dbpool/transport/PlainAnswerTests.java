package dev.dbpool.transport;

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
