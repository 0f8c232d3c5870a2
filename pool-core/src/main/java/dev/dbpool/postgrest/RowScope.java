package dev.dbpool.postgrest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import dev.dbpool.postgrest.value.Names;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a table, or of a resource embedded in it, are meant, and in which order.
 *
 * @param conditions conditions that must hold
 * @param order terms, the first one the most significant
 * @param limit how many rows at most
 * @param offset how many rows to leave out
 * @param embedded the same for embedded resources, by the names that they have in the
 * select
 */
record RowScope(List<Condition> conditions, List<String> order, @Nullable Long limit, @Nullable Long offset,
		Map<String, RowScope> embedded) {

	static final RowScope EVERY_ROW = new RowScope(List.of(), List.of(), null, null, Map.of());

	RowScope where(Condition condition) {
		List<Condition> extended = this.conditions;
		for (Condition part : condition.parts()) {
			extended = RequestSpec.plus(extended, part);
		}
		return new RowScope(extended, this.order, this.limit, this.offset, this.embedded);
	}

	RowScope orderBy(String term) {
		return new RowScope(this.conditions, RequestSpec.plus(this.order, term), this.limit, this.offset,
				this.embedded);
	}

	RowScope unordered() {
		return new RowScope(this.conditions, List.of(), this.limit, this.offset, this.embedded);
	}

	RowScope limit(long count) {
		requireNotNegative("limit", count);
		return part(count, this.offset);
	}

	RowScope offset(long count) {
		requireNotNegative("offset", count);
		return part(this.limit, count);
	}

	RowScope range(long first, long last) {
		requireNotNegative("start of the range", first);
		if (last < first) {
			throw new IllegalArgumentException("The range ends (" + last + ") before it starts (" + first + ")");
		}
		return part(last - first + 1, (first > 0) ? first : null);
	}

	RowScope part(@Nullable Long limit, @Nullable Long offset) {
		return new RowScope(this.conditions, this.order, limit, offset, this.embedded);
	}

	private static void requireNotNegative(String what, long value) {
		if (value < 0) {
			throw new IllegalArgumentException("The " + what + " is negative: " + value);
		}
	}

	RowScope embed(String resource, UnaryOperator<RowScope> change) {
		Names.requireText(resource, "embedded resource");
		String name = Names.column(resource);
		Map<String, RowScope> all = new LinkedHashMap<>(this.embedded);
		all.put(name, change.apply(all.getOrDefault(name, EVERY_ROW)));
		return new RowScope(this.conditions, this.order, this.limit, this.offset, Collections.unmodifiableMap(all));
	}

	void addFilters(List<RequestSpec.Parameter> parameters) {
		for (Condition condition : this.conditions) {
			parameters.add(condition.toParameter());
		}
	}

	/**
	 * Adds what is not a filter, and all of the embedded resources.
	 */
	void addArrangement(List<RequestSpec.Parameter> parameters) {
		if (!this.order.isEmpty()) {
			parameters.add(RequestSpec.Parameter.of("order",
					(this.order.size() == 1) ? this.order.get(0) : String.join(",", this.order)));
		}
		if (this.offset != null) {
			parameters.add(RequestSpec.Parameter.of("offset", this.offset.toString()));
		}
		if (this.limit != null) {
			parameters.add(RequestSpec.Parameter.of("limit", this.limit.toString()));
		}
		if (this.embedded.isEmpty()) {
			return;
		}
		this.embedded.forEach((resource, scope) -> {
			List<RequestSpec.Parameter> inner = new ArrayList<>();
			scope.addFilters(inner);
			scope.addArrangement(inner);
			inner.forEach((parameter) -> parameters.add(parameter.in(resource)));
		});
	}

}
