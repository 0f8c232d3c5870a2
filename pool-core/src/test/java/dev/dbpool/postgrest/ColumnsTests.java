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

	static final class Bean {

		public String getOwnerName() {
			return "x";
		}

	}

}
