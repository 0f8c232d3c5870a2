package dev.dbpool.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.springframework.util.Assert;

/**
 * Which users have written a short time ago, so that their reads go to the primary. A
 * user is recognised by the subject of the token; the operations of the anonymous and of
 * the service role are those of one user each. The last {@value #MOST_USERS} users that
 * have written are known. Safe for use from any thread.
 */
final class RecentWrites {

	private static final int MOST_USERS = 10_000;

	private static final Pattern SUBJECT = Pattern.compile("\"sub\"\\s*:\\s*\"([^\"]+)\"");

	private final long window;

	private final Map<String, Long> writes = new LinkedHashMap<>() {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
			return size() > MOST_USERS;
		}

	};

	RecentWrites(Duration window) {
		Assert.isTrue(!window.isNegative() && !window.isZero(),
				() -> "readYourWrites is " + window + ". Set it to more than zero");
		this.window = window.toNanos();
	}

	void wrote(Identity identity) {
		String user = user(identity);
		synchronized (this.writes) {
			this.writes.remove(user);
			this.writes.put(user, System.nanoTime());
		}
	}

	boolean hasWritten(Identity identity) {
		String user = user(identity);
		synchronized (this.writes) {
			Long last = this.writes.get(user);
			return last != null && System.nanoTime() - last < this.window;
		}
	}

	private static String user(Identity identity) {
		if (identity.kind() != Identity.Kind.USER) {
			return identity.kind().id();
		}
		String[] parts = identity.token().split("\\.");
		try {
			Matcher subject = SUBJECT.matcher((parts.length > 1)
					? new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8) : "");
			return subject.find() ? "user " + subject.group(1) : "token " + identity.token();
		}
		catch (IllegalArgumentException ex) {
			return "token " + identity.token();
		}
	}

}
