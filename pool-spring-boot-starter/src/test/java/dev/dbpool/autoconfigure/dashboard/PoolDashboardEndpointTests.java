package dev.dbpool.autoconfigure.dashboard;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.core.io.Resource;

import static org.assertj.core.api.Assertions.assertThat;

class PoolDashboardEndpointTests {

	@ParameterizedTest
	@ValueSource(strings = { "dashboard.js", "dashboard.css", "icon.svg", "uPlot.iife.min.js", "uPlot.min.css" })
	void filesAreFoundWhateverTheClassLoaderOfTheThread(String file) {
		Thread thread = Thread.currentThread();
		ClassLoader before = thread.getContextClassLoader();
		thread.setContextClassLoader(new ClassLoader(null) {
		});
		try {
			PoolDashboardEndpoint endpoint = new PoolDashboardEndpoint(false, "pooldashboard", "databasepool");
			assertThat(endpoint.page()).contains("<!DOCTYPE html>");
			WebEndpointResponse<Resource> answer = endpoint.file(file);
			assertThat(answer).isNotNull();
			assertThat(answer.getBody().exists()).isTrue();
		}
		finally {
			thread.setContextClassLoader(before);
		}
	}

}
