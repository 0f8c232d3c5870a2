package dev.dbpool;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.dbpool.postgrest.error.Failure;
import dev.dbpool.postgrest.error.PostgrestError;
import dev.dbpool.postgrest.error.PostgrestException;
import dev.dbpool.postgrest.error.UncategorizedPostgrestException;
import dev.dbpool.postgrest.http.Answer;
import dev.dbpool.postgrest.http.AnswerBytes;
import dev.dbpool.postgrest.http.BlockingCalls;
import dev.dbpool.postgrest.http.Headers;
import dev.dbpool.postgrest.http.JsonCodecs;
import dev.dbpool.postgrest.http.PostgrestExchange;
import dev.dbpool.postgrest.http.PostgrestRequest;
import dev.dbpool.postgrest.http.Preferences;
import dev.dbpool.postgrest.http.PreferringExchange;
import dev.dbpool.postgrest.http.RequestHeaders;
import dev.dbpool.postgrest.http.StreamedAnswer;
import dev.dbpool.postgrest.http.TransportExceptionTranslator;
import dev.dbpool.postgrest.http.WebClientExchange;
import dev.dbpool.postgrest.value.PgArray;
import dev.dbpool.postgrest.value.Range;
import dev.dbpool.postgrest.value.Row;
import dev.dbpool.postgrest.value.StorableText;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * Holds the package table of {@code docs/architecture.md}.
 */
@AnalyzeClasses(packages = "dev.dbpool", importOptions = DoNotIncludeTests.class)
@ArchTag("slow")
class ArchitectureTests {

	@ArchTest
	static final ArchRule poolKnowsTheJdkAndSlf4jOnly = classes().that()
		.resideInAPackage("dev.dbpool.pool..")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("dev.dbpool.pool..", "java..", "org.slf4j..", "org.jspecify..");

	/**
	 * A thread local costs memory for each of a million virtual threads, and favours
	 * threads that come again.
	 */
	@ArchTest
	static final ArchRule poolKeepsNothingByThread = noClasses().that()
		.resideInAPackage("dev.dbpool.pool..")
		.should()
		.dependOnClassesThat()
		.areAssignableTo(ThreadLocal.class);

	@ArchTest
	static final ArchRule onlyThePoolKnowsItsEngine = noClasses().that()
		.resideOutsideOfPackage("dev.dbpool.pool..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("dev.dbpool.pool.engine");

	@ArchTest
	static final ArchRule transportKnowsThePoolAndTheHttpClientOnly = classes().that()
		.resideInAPackage("dev.dbpool.transport")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("dev.dbpool.transport", "dev.dbpool.pool", "java..", "javax.net.ssl..", "org.slf4j..",
				"org.jspecify..", "org.reactivestreams..", "reactor..", "io.netty..", "org.springframework.core..",
				"org.springframework.http..", "org.springframework.util..", "org.springframework.web.reactive..");

	@ArchTest
	static final ArchRule valuesKnowJacksonOnly = classes().that()
		.resideInAPackage("dev.dbpool.postgrest.value")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("dev.dbpool.postgrest.value", "java..", "org.jspecify..", "tools.jackson..",
				"com.fasterxml.jackson.annotation..", "org.springframework.core..", "org.springframework.http..",
				"org.springframework.util..", "org.springframework.web.util..");

	@ArchTest
	static final ArchRule errorsKnowValuesAndTheExceptionsOfHttpClientsOnly = classes().that()
		.resideInAPackage("dev.dbpool.postgrest.error")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("dev.dbpool.postgrest.error", "dev.dbpool.postgrest.value", "java..", "javax.net.ssl..",
				"org.jspecify..", "reactor..", "io.netty.handler.timeout..", "io.netty.handler.codec..",
				"org.springframework.core..", "org.springframework.dao..", "org.springframework.http..",
				"org.springframework.web.reactive.function.client..");

	@ArchTest
	static final ArchRule postgrestKnowsNoneOfTheOthers = classes().that()
		.resideInAPackage("dev.dbpool.postgrest..")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("dev.dbpool.postgrest..", "java..", "javax.net.ssl..", "org.slf4j..", "org.jspecify..",
				"org.reactivestreams..", "reactor..", "io.netty.handler.timeout..", "io.netty.handler.codec..",
				"tools.jackson..", "com.fasterxml.jackson.annotation..", "org.springframework..");

	/**
	 * The other public types of these packages are for the packages of {@code postgrest}
	 * alone. Of these, {@code AnswerBytes}, {@code BlockingCalls}, {@code Headers},
	 * {@code Preferences}, {@code RequestHeaders}, {@code TransportExceptionTranslator}
	 * and {@code StorableText} are for this library alone.
	 */
	@ArchTest
	static final ArchRule othersKnowTheApiOfPostgrestOnly = noClasses().that()
		.resideOutsideOfPackage("dev.dbpool.postgrest..")
		.should()
		.dependOnClassesThat(resideInAnyPackage("dev.dbpool.postgrest.value", "dev.dbpool.postgrest.http",
				"dev.dbpool.postgrest.error")
			.and(not(belongToAnyOf(Row.class, Range.class, PgArray.class, StorableText.class, PostgrestExchange.class,
					PostgrestRequest.class, PreferringExchange.class, WebClientExchange.class, Answer.class,
					AnswerBytes.class, StreamedAnswer.class, JsonCodecs.class, AnswerBytes.Limit.class,
					BlockingCalls.class, Headers.class, Preferences.class, RequestHeaders.class,
					TransportExceptionTranslator.class, Failure.class, PostgrestError.class, PostgrestException.class,
					UncategorizedPostgrestException.class))));

	@ArchTest
	static final ArchRule transactionKnowsPostgrestOnly = classes().that()
		.resideInAPackage("dev.dbpool.transaction")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("dev.dbpool.transaction", "dev.dbpool.postgrest..", "java..", "org.jspecify..", "reactor..",
				"tools.jackson..", "com.fasterxml.jackson.annotation..", "org.springframework..");

	@ArchTest
	static final ArchRule noPackageKnowsSpringBoot = noClasses().that()
		.resideInAPackage("dev.dbpool..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.boot..");

	@ArchTest
	static final ArchRule noLowerPackageKnowsTheClient = noClasses().that()
		.resideInAnyPackage("dev.dbpool.pool..", "dev.dbpool.transport", "dev.dbpool.postgrest..",
				"dev.dbpool.transaction")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("dev.dbpool.client");

	/**
	 * Except that {@code pool} creates the engine that implements it.
	 */
	@ArchTest
	static final ArchRule packagesHaveNoCycles = slices().matching("dev.dbpool.(**)")
		.should()
		.beFreeOfCycles()
		.ignoreDependency(resideInAPackage("dev.dbpool.pool"), resideInAPackage("dev.dbpool.pool.engine"));

}
