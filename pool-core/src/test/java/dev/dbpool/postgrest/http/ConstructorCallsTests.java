package dev.dbpool.postgrest.http;

import java.util.Arrays;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ConstructorCallsTests {

	private final JsonMapper mapper = JsonCodecs.of(WebClient.builder()).mapper().orElseThrow();

	@Test
	void recordIsMadeOfWhatIsThere() {
		assertThat(this.mapper.readValue("{\"id\":7,\"name\":\"a\",\"tags\":[\"x\"]}", Car.class))
			.isEqualTo(new Car(7, "a", List.of("x")));
		assertThat(this.mapper.readValue("{\"id\":8,\"name\":null}", Car.class)).isEqualTo(new Car(8, null, null));
	}

	@Test
	void constructorOfOneArrayReceivesTheArray() {
		assertThat(this.mapper.readValue("{\"names\":[\"a\",\"b\"]}", Names.class).names).containsExactly("a", "b");
	}

	@Test
	void creatorsOfClassesAreCalled() {
		assertThat(this.mapper.readValue("{\"id\":7}", Hidden.class).id).isEqualTo(7);
		assertThat(this.mapper.readValue("{\"id\":7}", ByFactory.class).id).isEqualTo(8);
	}

	@Test
	void failureOfAConstructorIsThatOfJackson() {
		assertThatExceptionOfType(ValueInstantiationException.class)
			.isThrownBy(() -> this.mapper.readValue("{\"id\":-1}", Checked.class))
			.withMessageContaining("no negative id")
			.withCauseInstanceOf(IllegalArgumentException.class);
		assertThatExceptionOfType(DatabindException.class)
			.isThrownBy(() -> this.mapper.readValue("[{\"id\":1},{\"id\":-1}]", Checked[].class))
			.satisfies((failure) -> assertThat(failure.getPath()).hasSize(1));
		assertThatExceptionOfType(StackOverflowError.class)
			.isThrownBy(() -> this.mapper.readValue("{\"id\":0}", Checked.class));
	}

	@Test
	void rowsAreMadeWithoutAdaptingAHandleEachTime() {
		StackTraceElement[] trace = this.mapper.readValue("{\"id\":7}", Tracing.class).trace();
		assertThat(Arrays.stream(trace).map(StackTraceElement::getMethodName)).contains("createFromObjectWith")
			.doesNotContain("invokeWithArguments");
	}

	record Car(int id, @Nullable String name, @Nullable List<String> tags) {
	}

	record Checked(int id) {

		Checked {
			if (id < 0) {
				throw new IllegalArgumentException("no negative id");
			}
			if (id == 0) {
				throw new StackOverflowError();
			}
		}

	}

	record Tracing(int id, StackTraceElement @Nullable [] trace) {

		Tracing {
			trace = new Throwable().getStackTrace();
		}

	}

	static final class Names {

		private final String[] names;

		@JsonCreator
		Names(@JsonProperty("names") String... names) {
			this.names = names;
		}

	}

	static final class Hidden {

		private final int id;

		@JsonCreator
		private Hidden(@JsonProperty("id") int id) {
			this.id = id;
		}

	}

	static final class ByFactory {

		private final int id;

		private ByFactory(int id) {
			this.id = id;
		}

		@JsonCreator
		static ByFactory of(@JsonProperty("id") int id) {
			return new ByFactory(id + 1);
		}

	}

}
