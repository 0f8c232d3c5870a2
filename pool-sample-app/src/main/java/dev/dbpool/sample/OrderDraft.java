package dev.dbpool.sample;

import java.util.LinkedHashMap;
import java.util.Map;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * What a buyer asks for.
 *
 * @param reference the buyer's own name for the order, which cannot be used twice: with
 * it, an order can be sent again when its outcome is unknown
 */
record OrderDraft(@NotNull @Nullable Long productId, @NotNull @Min(1) @Max(100) @Nullable Integer quantity,
		@Size(min = 1, max = 64) @Nullable String reference) {

	/**
	 * Returns the row to insert. Buyer, price and state are the database's to fill.
	 */
	Map<String, @Nullable Object> toRow() {
		Map<String, @Nullable Object> row = new LinkedHashMap<>();
		row.put("product_id", this.productId);
		row.put("quantity", this.quantity);
		row.put("reference", this.reference);
		return row;
	}

}
