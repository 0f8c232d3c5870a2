package dev.dbpool.postgrest.value;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.node.StringNode;
import tools.jackson.databind.type.TypeFactory;

/**
 * Reads the text of a range, its bounds by the deserializer of their type.
 */
final class RangeDeserializer extends StdDeserializer<Range<?>> {

	private static final String BOUND = "(\"(?:[^\"\\\\]|\\\\.|\"\")*\"|[^\",]*)";

	private static final Pattern RANGE = Pattern.compile("([\\[(])" + BOUND + "," + BOUND + "([])])", Pattern.DOTALL);

	private static final Pattern ESCAPED = Pattern.compile("\\\\(.)|\"(\")", Pattern.DOTALL);

	private final JavaType boundType;

	RangeDeserializer() {
		this(TypeFactory.unknownType());
	}

	private RangeDeserializer(JavaType boundType) {
		super(Range.class);
		this.boundType = boundType;
	}

	@Override
	public ValueDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
		JavaType type = context.getContextualType();
		return (type != null && type.containedTypeCount() == 1) ? new RangeDeserializer(type.containedType(0)) : this;
	}

	@Override
	public Range<?> deserialize(JsonParser parser, DeserializationContext context) {
		String text = parser.getString();
		if ("empty".equals(text)) {
			return Range.empty();
		}
		Matcher range = RANGE.matcher((text != null) ? text : "");
		if (!range.matches()) {
			return (Range<?>) context.handleWeirdStringValue(Range.class, text, "it is no range of PostgreSQL");
		}
		return Range.between(bound(range.group(2), range.group(1).equals("["), context),
				bound(range.group(3), range.group(4).equals("]"), context));
	}

	private Range.@Nullable Bound<Object> bound(String text, boolean inclusive, DeserializationContext context) {
		if (text.isEmpty()) {
			return null;
		}
		String unquoted = text.startsWith("\"")
				? ESCAPED.matcher(text.substring(1, text.length() - 1)).replaceAll("$1$2") : text;
		return new Range.Bound<>(context.readTreeAsValue(StringNode.valueOf(DateTimes.iso(unquoted)), this.boundType),
				inclusive);
	}

}
