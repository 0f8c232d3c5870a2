package dev.dbpool.verification;

import java.io.PrintWriter;
import java.util.Arrays;

import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs the tests that are its arguments, {@code Class} or {@code Class#method}, in this
 * JVM. Prints a line for each test that fails and exits with 1 if one does, with 2 if
 * there is none to run.
 */
final class SuiteRun {

	private SuiteRun() {
	}

	public static void main(String[] tests) {
		LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
			.selectors(Arrays.stream(tests).map(SuiteRun::selector).toList())
			.build();
		SummaryGeneratingListener listener = new SummaryGeneratingListener();
		LauncherFactory.create().execute(request, listener);
		TestExecutionSummary summary = listener.getSummary();
		summary.printFailuresTo(new PrintWriter(System.out, true), 20);
		summary.getFailures()
			.forEach((failure) -> System.out
				.println("FAILED " + failure.getTestIdentifier().getLegacyReportingName().replace("()", "")));
		System.out.println(
				"RAN " + summary.getTestsStartedCount() + " tests, " + summary.getTotalFailureCount() + " failures");
		System.exit(summary.getTotalFailureCount() > 0 ? 1 : (summary.getTestsStartedCount() == 0) ? 2 : 0);
	}

	private static DiscoverySelector selector(String test) {
		return test.contains("#") ? DiscoverySelectors.selectMethod(test) : DiscoverySelectors.selectClass(test);
	}

}
