package dev.dbpool.autoconfigure.dashboard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.EndpointMapping;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.util.MimeType;
import org.springframework.util.StringUtils;
import org.springframework.web.util.HtmlUtils;

/**
 * Serves a page that shows what the endpoint {@code databasepool} answers. Off unless
 * {@code management.endpoint.pooldashboard.access} permits it.
 */
@WebEndpoint(id = "pooldashboard", defaultAccess = Access.NONE)
public final class PoolDashboardEndpoint {

	private static final String OWN = "dev/dbpool/autoconfigure/dashboard/";

	private static final String CHARTS = "META-INF/resources/webjars/uplot/1.6.30/dist/";

	private static final MimeType SCRIPT = new MimeType("text", "javascript", StandardCharsets.UTF_8);

	private static final MimeType STYLE = new MimeType("text", "css", StandardCharsets.UTF_8);

	private static final Map<String, File> FILES = Map.of("dashboard.js", new File(OWN, SCRIPT), "dashboard.css",
			new File(OWN, STYLE), "icon.svg", new File(OWN, new MimeType("image", "svg+xml")), "uPlot.iife.min.js",
			new File(CHARTS, SCRIPT), "uPlot.min.css", new File(CHARTS, STYLE));

	private final String page;

	/**
	 * Creates the endpoint.
	 * @param actions whether the page offers actions
	 * @param own the path of the page below that of all endpoints
	 * @param endpoint the path of the endpoint that it shows, also below that
	 */
	PoolDashboardEndpoint(boolean actions, String own, String endpoint) {
		String page = new EndpointMapping(own).getPath();
		String up = "../".repeat(StringUtils.countOccurrencesOf(page, "/")).substring("../".length());
		try {
			this.page = resource(OWN + "index.html").getContentAsString(StandardCharsets.UTF_8)
				.replace("${actions}", String.valueOf(actions))
				.replace("${page}", HtmlUtils.htmlEscape(up + page.substring(1)))
				.replace("${endpoint}",
						HtmlUtils.htmlEscape(up + new EndpointMapping(endpoint).getPath().substring(1)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the page.
	 * @return HTML
	 */
	@ReadOperation(produces = "text/html;charset=UTF-8")
	public String page() {
		return this.page;
	}

	/**
	 * Returns a file that belongs to the page.
	 * @param file its name
	 * @return the file, or {@code null} if there is none of this name
	 */
	@ReadOperation(produces = { "text/javascript", "text/css", "image/svg+xml" })
	public @Nullable WebEndpointResponse<Resource> file(@Selector String file) {
		File known = FILES.get(file);
		return (known != null) ? new WebEndpointResponse<>(resource(known.folder() + file), known.type()) : null;
	}

	/**
	 * Returns a file of this library. The class loader of the calling thread may be that
	 * of another web application, which is stopped.
	 */
	private static Resource resource(String path) {
		return new ClassPathResource(path, PoolDashboardEndpoint.class.getClassLoader());
	}

	private record File(String folder, MimeType type) {

	}

}
