package dev.dbpool.autoconfigure.embedded;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/**
 * Matches if neither {@code db.pool.url} nor {@code SUPABASE_URL} is set.
 */
final class OnNoUrlCondition extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("No URL of a server");
		for (String property : new String[] { "db.pool.url", "SUPABASE_URL" }) {
			if (StringUtils.hasText(context.getEnvironment().getProperty(property))) {
				return ConditionOutcome.noMatch(message.foundExactly(property));
			}
		}
		return ConditionOutcome.match(message.didNotFind("property").items("db.pool.url", "SUPABASE_URL"));
	}

}
