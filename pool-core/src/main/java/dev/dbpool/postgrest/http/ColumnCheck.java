package dev.dbpool.postgrest.http;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.PropertyName;
import tools.jackson.databind.deser.SettableBeanProperty;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;

import org.springframework.core.ResolvableType;

/**
 * Reports the components of a type that match no column of any row, once for each type
 * and request: such a component is null without an error, mostly since its name is
 * {@code modelName} where the column is {@code model_name}. Only the first answer with
 * rows is looked at.
 */
final class ColumnCheck {

	static final String HINT = ColumnCheck.class.getName();

	private static final Logger logger = LoggerFactory.getLogger(ColumnCheck.class);

	/** Names of tables may come from users, so that there is no end of them. */
	private static final int MOST_KEYS = 1_000;

	private static final Set<Key> DONE = ConcurrentHashMap.newKeySet();

	private static final ColumnCheck NOTHING = new ColumnCheck(new Key("", ""), false);

	private final Key key;

	private final Set<String> columns = new LinkedHashSet<>();

	private @Nullable Set<String> unmatched;

	private boolean open;

	private ColumnCheck(Key key, boolean open) {
		this.key = key;
		this.open = open;
	}

	static ColumnCheck of(ResolvableType type, PostgrestRequest request) {
		Key key = new Key(type.toClass().getName(), request.describe());
		if (DONE.contains(key) || DONE.size() >= MOST_KEYS) {
			return NOTHING;
		}
		String accept = request.fields().first("Accept");
		boolean leavesOutNulls = accept != null && accept.contains("nulls=stripped");
		return leavesOutNulls ? NOTHING : new ColumnCheck(key, true);
	}

	/**
	 * Lets a reader check the columns of the rows that it reads, if there is anything to
	 * check.
	 */
	ObjectReader addTo(ObjectReader reader) {
		return this.open ? reader.withAttribute(HINT, this) : reader;
	}

	/**
	 * Whether there is any component left of which no column was seen.
	 */
	boolean isOpen() {
		return this.open;
	}

	/**
	 * Notes the columns of a row.
	 */
	void row(BeanDeserializerBase bean, Collection<String> names) {
		Set<String> left = this.unmatched;
		if (left == null) {
			left = components(bean);
			this.unmatched = left;
		}
		for (String name : names) {
			this.columns.add(name);
			SettableBeanProperty property = bean.findProperty(PropertyName.construct(name));
			left.remove((property != null) ? property.getName() : name);
		}
		if (left.isEmpty()) {
			this.open = false;
			DONE.add(this.key);
		}
	}

	private static Set<String> components(BeanDeserializerBase bean) {
		Set<String> names = new LinkedHashSet<>();
		for (Iterator<SettableBeanProperty> properties = bean.properties(); properties.hasNext();) {
			SettableBeanProperty property = properties.next();
			if (!property.isIgnorable() && !property.isInjectionOnly()) {
				names.add(property.getName());
			}
		}
		return names;
	}

	/**
	 * Notes that there are no more rows.
	 */
	void end() {
		if (this.open && this.unmatched != null && DONE.add(this.key)) {
			logger.warn(
					"{}: {} of {} match(es) no column of the answer, and is null there. The columns are {}. Name a column by @JsonProperty or all of a type by @JsonNaming, or select the column",
					this.key.request(), this.unmatched, this.key.type(),
					ForeignText.printable(this.columns.toString()));
		}
	}

	/**
	 * What is checked a single time.
	 *
	 * @param type the name of the type of a row
	 * @param request describes the request
	 */
	private record Key(String type, String request) {

		/**
		 * Written out, since it is called for each answer and the generated one is slow.
		 */
		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Key key && this.type.equals(key.type) && this.request.equals(key.request);
		}

		@Override
		public int hashCode() {
			return 31 * this.type.hashCode() + this.request.hashCode();
		}

	}

}
