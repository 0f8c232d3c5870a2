package dev.dbpool.sample;

import java.math.BigDecimal;

import dev.dbpool.postgrest.Select;
import jakarta.validation.constraints.PositiveOrZero;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * Which products are searched for. What is not given does not matter.
 *
 * @param q part of the name, whatever the case
 * @param shop id of the shop
 */
record ProductFilter(@Size(max = 100) @Nullable String q, @Size(max = 50) @Nullable String category,
		@Nullable Long shop, @PositiveOrZero @Nullable BigDecimal minPrice,
		@PositiveOrZero @Nullable BigDecimal maxPrice) {

	Select applyTo(Select products) {
		Select matching = products;
		if (this.q != null && !this.q.isBlank()) {
			matching = matching.ilike("name", "%" + escapePattern(this.q.strip()) + "%");
		}
		if (this.category != null && !this.category.isBlank()) {
			matching = matching.eq("category", this.category);
		}
		if (this.shop != null) {
			matching = matching.eq("shop_id", this.shop);
		}
		if (this.minPrice != null) {
			matching = matching.gte("price", this.minPrice);
		}
		if (this.maxPrice != null) {
			matching = matching.lte("price", this.maxPrice);
		}
		return matching;
	}

	/**
	 * Takes the meaning from the wildcards of LIKE. PostgREST's own, the asterisk, keeps
	 * its meaning, since there is no way to escape it.
	 */
	private static String escapePattern(String text) {
		return text.replaceAll("[\\\\%_]", "\\\\$0");
	}

}
