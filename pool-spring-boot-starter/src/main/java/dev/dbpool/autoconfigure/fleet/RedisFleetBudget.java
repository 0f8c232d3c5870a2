package dev.dbpool.autoconfigure.fleet;

import java.util.List;

import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * Keeps the shares in Redis, in two keys for each fleet which one script changes. Needs
 * Redis 5 or later.
 */
final class RedisFleetBudget implements FleetBudget {

	private static final RedisScript<List<?>> RENEW = script();

	private final StringRedisTemplate redis;

	RedisFleetBudget(RedisConnectionFactory connections) {
		this.redis = new StringRedisTemplate(connections);
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static RedisScript<List<?>> script() {
		return (RedisScript) RedisScript.of(new ClassPathResource("renew.lua", RedisFleetBudget.class), List.class);
	}

	@Override
	public Grant renew(Claim claim) {
		List<?> answer = this.redis.execute(RENEW, List.of(deadlines(claim.fleet()), claims(claim.fleet())),
				claim.member(), String.valueOf(claim.sequence()), String.valueOf(claim.held()),
				String.valueOf(claim.wanted()), String.valueOf(claim.least()), String.valueOf(claim.budget()),
				String.valueOf(claim.lease().toMillis()), String.valueOf(claim.unheard().toMillis()));
		int share = number(answer, 0);
		if (share < 0) {
			throw new IllegalStateException("Claim " + claim.sequence() + " was overtaken by a later one");
		}
		return new Grant(share, number(answer, 1), number(answer, 2), number(answer, 3));
	}

	private static int number(List<?> answer, int index) {
		return ((Number) answer.get(index)).intValue();
	}

	/**
	 * Removes the claim first: a member without a claim is dropped in time, but a claim
	 * without a member would stay.
	 */
	@Override
	public void leave(String fleet, String member) {
		this.redis.opsForHash().delete(claims(fleet), member);
		this.redis.opsForZSet().remove(deadlines(fleet), member);
	}

	static String deadlines(String fleet) {
		return "dbpool:fleet:{" + fleet + "}:deadlines";
	}

	static String claims(String fleet) {
		return "dbpool:fleet:{" + fleet + "}:claims";
	}

	@Override
	public String toString() {
		return "Redis";
	}

}
