package dev.dbpool.autoconfigure.embedded;

import java.util.Locale;
import java.util.Set;

import dev.dbpool.autoconfigure.SupabaseVariables;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches if nothing sets the URL of the default pool, and an embedded server is not
 * switched off. Never matches while the application is AOT-processed: the URL may be
 * given when it runs, and it must not run on an empty database because there was none at
 * build time.
 */
final class OnNoUrlCondition extends SpringBootCondition {

	private static final String ENABLED = "db.pool.embedded.enabled";

	private static final Set<String> FALSE = Set.of("false", "off", "no", "0");

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("No URL of a server");
		if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			return ConditionOutcome.noMatch(message.because("the application is AOT-processed"));
		}
		if (isSwitchedOff(context.getEnvironment().getProperty(ENABLED))) {
			return ConditionOutcome.noMatch(message.because(ENABLED + " is false"));
		}
		String name = SupabaseVariables.URL.findName(context.getEnvironment());
		return (name != null) ? ConditionOutcome.noMatch(message.foundExactly(name))
				: ConditionOutcome.match(message.didNotFind("URL").atAll());
	}

	/**
	 * A value that is neither true nor false is reported when the properties are read.
	 */
	private static boolean isSwitchedOff(@Nullable String enabled) {
		return enabled != null && FALSE.contains(enabled.strip().toLowerCase(Locale.ROOT));
	}

}
