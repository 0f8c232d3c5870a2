package dev.dbpool.postgrest;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.json.JsonMapper;

import static dev.dbpool.postgrest.Columns.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Columns}.
 */
class ColumnsTests {

	@Test
	void componentsOfRecordsAreNamedAsJacksonNamesThem() {
		assertThat(column(Car::id)).isEqualTo("id");
		assertThat(column(Car::ownerId)).isEqualTo("ownerId");
		assertThat(column(Car::built)).isEqualTo("built_on");
		assertThat(column(Snake::ownerId)).isEqualTo("owner_id");
		assertThat(column(Bean::getOwnerName)).isEqualTo("ownerName");
	}

	@Test
	void theAnnotationsAreThoseOfTheTypeThatIsReferredTo() {
		assertThat(column(Bean::getOwnerName)).isEqualTo("ownerName");
		assertThat(column(SnakeBean::getOwnerName)).isEqualTo("owner_name");
		assertThat(column(Renamed::getOwnerName)).isEqualTo("owner");
		assertThat(column(Bean::getOwnerName)).isEqualTo("ownerName");
	}

	@Test
	void aNameThatLooksLikeAPathIsQuoted() {
		assertThat(column(Odd::dotted)).isEqualTo("\"a.b\"");
		assertThat(column(Odd::arrow)).isEqualTo("\"a->b\"");
		assertThat(column(Odd::quote)).isEqualTo("\"a\\\"b\"");
		assertThat(column(Odd::spaced)).isEqualTo("a b");
	}

	@Test
	void theStrategyOfAMapperApplies() {
		Columns columns = Columns
			.by(JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build());
		assertThat(columns.name(Car::ownerId)).isEqualTo("owner_id");
		assertThat(columns.name(Car::built)).isEqualTo("built_on");
		assertThat(columns.name(Bean::getOwnerName)).isEqualTo("owner_name");
	}

	@Test
	void whatIsNoPropertyIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> Columns.<Car>column((car) -> car.id()))
			.withMessageContaining("method reference");
		assertThatIllegalArgumentException().isThrownBy(() -> column(Car::twice)).withMessageContaining("twice");
	}

	@Test
	void aBareNameIsNoPath() {
		assertThat(Columns.quoted("a.b->\"c\"")).isEqualTo("\"a.b->\\\"c\\\"\"");
		assertThatIllegalArgumentException().isThrownBy(() -> Columns.quoted(" "));
	}

	record Car(long id, long ownerId, @JsonProperty("built_on") String built) {

		long twice() {
			return this.id * 2;
		}

	}

	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	record Snake(long ownerId) {
	}

	record Odd(@JsonProperty("a.b") String dotted, @JsonProperty("a->b") String arrow,
			@JsonProperty("a\"b") String quote, @JsonProperty("a b") String spaced) {
	}

	static class Bean {

		public CharSequence getOwnerName() {
			return "x";
		}

	}

	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	static final class SnakeBean extends Bean {

	}

	static final class Renamed extends Bean {

		@Override
		@JsonProperty("owner")
		public String getOwnerName() {
			return "y";
		}

	}

}
