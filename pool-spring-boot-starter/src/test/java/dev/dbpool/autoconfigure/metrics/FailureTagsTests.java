package dev.dbpool.autoconfigure.metrics;

import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.dbpool.autoconfigure.resilience.RateLimitedException;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

import static org.assertj.core.api.Assertions.assertThat;

class FailureTagsTests {

	@Test
	void namesBeyondTheBoundAreCountedTogether() {
		BoundedNames names = new BoundedNames(3, (name) -> assertThat(name).startsWith("/items/"));
		Stream<String> tags = IntStream.range(0, 100).mapToObj((id) -> names.of("/items/" + id));
		assertThat(tags.distinct()).containsExactly("/items/0", "/items/1", "/items/2", "other");
		assertThat(names.of("/items/2")).isEqualTo("/items/2");
	}

	@Test
	void operationThatIsHeldBackByTheLimitOfTheServerCountsAsLimited() {
		assertThat(new FailureTags().kind(Mockito.mock(RateLimitedException.class))).isEqualTo("rate_limit");
	}

	@Test
	void failuresWithoutAnAnswerHaveNoSqlState() {
		assertThat(new FailureTags().sqlStateClass(new IllegalStateException("broken"))).isEqualTo("none");
		assertThat(new FailureTags().kind(new IllegalStateException("broken"))).isEqualTo("permanent");
	}

}
