package dev.dbpool.autoconfigure;

import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Explains an {@link InvalidPoolConfigurationException}, and says where the properties
 * that it names are set. Comes before Spring Boot's own analyzers, which would show the
 * value of a key.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
final class InvalidPoolConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<InvalidPoolConfigurationException> {

	private static final Pattern PROPERTY = Pattern.compile("\\bdb\\.pools?\\.[\\w.\\[\\]-]*[\\w\\]]");

	private final Environment environment;

	InvalidPoolConfigurationFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidPoolConfigurationException cause) {
		String origins = PROPERTY.matcher(cause.description())
			.results()
			.map(MatchResult::group)
			.distinct()
			.flatMap((name) -> Stream.ofNullable(PoolBinder.property(this.environment, name)))
			.map((property) -> origin(property, cause.description()))
			.collect(Collectors.joining());
		return new FailureAnalysis(cause.description() + origins, cause.action(), cause);
	}

	private static String origin(ConfigurationProperty property, String description) {
		String origin = Objects.toString(property.getOrigin(), "");
		return (origin.isEmpty() || description.contains(origin)) ? ""
				: "%n%n    %s is set by %s".formatted(property.getName(), origin);
	}

}
