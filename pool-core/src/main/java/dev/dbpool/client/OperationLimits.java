package dev.dbpool.client;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * How long an operation and its requests may take, how often it may be repeated, whether
 * it yields to others, and whose writes it sees, as far as its view says so.
 *
 * @param deadline the time of the whole operation
 * @param requestTimeout the longest silence of the server in one request
 * @param retries how often a failed attempt may be repeated
 * @param background whether it yields to operations that do not
 * @param recentWrites the writes of the view, if its reads must see them
 */
record OperationLimits(@Nullable Duration deadline, @Nullable Duration requestTimeout, @Nullable Integer retries,
		boolean background, @Nullable RecentWrites recentWrites) {

	static final OperationLimits NONE = new OperationLimits(null, null, null, false, null);

	OperationLimits withDeadline(Duration deadline) {
		return new OperationLimits(positive("deadline", deadline), this.requestTimeout, this.retries, this.background,
				this.recentWrites);
	}

	OperationLimits withoutDeadline() {
		return new OperationLimits(null, this.requestTimeout, this.retries, this.background, this.recentWrites);
	}

	OperationLimits withRequestTimeout(Duration requestTimeout) {
		return new OperationLimits(this.deadline, positive("requestTimeout", requestTimeout), this.retries,
				this.background, this.recentWrites);
	}

	OperationLimits withRetries(int retries) {
		Assert.isTrue(retries >= 0, () -> "retries is " + retries + ". Set it to 0 for none, or to more");
		return new OperationLimits(this.deadline, this.requestTimeout, retries, this.background, this.recentWrites);
	}

	OperationLimits inBackground() {
		return new OperationLimits(this.deadline, this.requestTimeout, this.retries, true, this.recentWrites);
	}

	OperationLimits seeing(RecentWrites recentWrites) {
		return new OperationLimits(this.deadline, this.requestTimeout, this.retries, this.background, recentWrites);
	}

	private static Duration positive(String name, Duration duration) {
		Assert.isTrue(!duration.isNegative() && !duration.isZero(),
				() -> name + " is " + duration + ". Set it to more than zero");
		return duration;
	}

}
