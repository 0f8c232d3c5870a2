package dev.dbpool;

import com.tngtech.archunit.core.importer.ImportOption.OnlyIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.parallel.Isolated;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/**
 * Test classes run together in one JVM, so that one that changes something of the whole
 * JVM has to be {@link Isolated}.
 */
@AnalyzeClasses(packages = "dev.dbpool", importOptions = OnlyIncludeTests.class)
@ArchTag("slow")
class IsolationTests {

	@ArchTest
	static final ArchRule classesThatChangeTheSchedulersOrHooksOfReactorAreIsolated = noClasses().that()
		.areNotAnnotatedWith(Isolated.class)
		.should()
		.callMethodWhere(describe("changes a scheduler or hook of the JVM", (call) -> {
			String owner = call.getTargetOwner().getName();
			String name = call.getName();
			return owner.equals(Hooks.class.getName())
					|| owner.equals(Schedulers.class.getName()) && name.matches("set.*|onSchedule.*|shutdown.*")
					|| owner.equals(VirtualTimeScheduler.class.getName()) && name.matches("getOrSet|set|reset")
					|| owner.equals(StepVerifier.class.getName()) && name.equals("withVirtualTime");
		}));

}
