package dev.dbpool.autoconfigure.web;

import java.util.Map;

import jakarta.servlet.http.MappingMatch;
import org.junit.jupiter.api.Test;

import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletMapping;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;

class PoolHeadersFilterTests {

	@Test
	void headersDependOnThePathBelowTheContextPathAndOnTheCaller() throws Exception {
		PoolHeadersFilter filter = new PoolHeadersFilter((path, caller) -> Map.of("X-Path", path, "X-Principal",
				(caller.principal() != null) ? caller.principal().getName() : "", "X-Operator",
				String.valueOf(caller.roles().test("OPERATOR"))));
		MockHttpServletRequest request = new MockHttpServletRequest("GET", "/shop/actuator/health");
		request.setContextPath("/shop");
		request.setUserPrincipal(() -> "alice");
		request.addUserRole("OPERATOR");
		MockHttpServletResponse response = new MockHttpServletResponse();
		MockFilterChain chain = new MockFilterChain();
		filter.doFilter(request, response, chain);
		assertThat(response.getHeader("X-Path")).isEqualTo("/actuator/health");
		assertThat(response.getHeader("X-Principal")).isEqualTo("alice");
		assertThat(response.getHeader("X-Operator")).isEqualTo("true");
		assertThat(chain.getRequest()).isSameAs(request);
	}

	@Test
	void headersDependOnThePathBelowThatOfTheServlet() throws Exception {
		PoolHeadersFilter filter = new PoolHeadersFilter((path, caller) -> Map.of("X-Path", path));
		MockHttpServletRequest request = new MockHttpServletRequest("GET", "/shop/api/actuator/health");
		request.setContextPath("/shop");
		request.setServletPath("/api");
		request.setPathInfo("/actuator/health");
		request.setHttpServletMapping(
				new MockHttpServletMapping("actuator/health", "/api/*", "dispatcherServlet", MappingMatch.PATH));
		MockHttpServletResponse response = new MockHttpServletResponse();
		filter.doFilter(request, response, new MockFilterChain());
		assertThat(response.getHeader("X-Path")).isEqualTo("/actuator/health");
	}

	@Test
	void headersDependOnThePathThatMappingsMatch() throws Exception {
		PoolHeadersFilter filter = new PoolHeadersFilter((path, caller) -> Map.of("X-Path", path));
		MockHttpServletResponse response = new MockHttpServletResponse();
		filter.doFilter(new MockHttpServletRequest("GET", "/actuator;a=b/%70ooldashboard;x=1"), response,
				new MockFilterChain());
		assertThat(response.getHeader("X-Path")).isEqualTo("/actuator/pooldashboard");
	}

	@Test
	void theDashboardHasItsPolicyBelowTheBasePathOnly() {
		PoolHeaders headers = new PoolDashboardHeaders("/actuator/pooldashboard", "/actuator/databasepool");
		PoolHeaders.Caller anonymous = new PoolHeaders.Caller(null, (role) -> false);
		assertThat(headers.of("/actuator/pooldashboard/dashboard.js", anonymous))
			.containsKey("Content-Security-Policy");
		assertThat(headers.of("/pooldashboard", anonymous)).isEmpty();
		assertThat(headers.of("/actuator/databasepool", anonymous)).isEmpty();
	}

}
