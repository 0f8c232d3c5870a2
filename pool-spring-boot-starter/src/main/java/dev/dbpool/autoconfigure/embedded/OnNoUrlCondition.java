package dev.dbpool.autoconfigure.embedded;

import dev.dbpool.autoconfigure.SupabaseVariables;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches if nothing sets the URL of the default pool.
 */
final class OnNoUrlCondition extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("No URL of a server");
		String name = SupabaseVariables.URL.findName(context.getEnvironment());
		return (name != null) ? ConditionOutcome.noMatch(message.foundExactly(name))
				: ConditionOutcome.match(message.didNotFind("URL").atAll());
	}

}
