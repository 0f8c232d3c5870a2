package dev.dbpool.autoconfigure;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a message may show of a value. A value that could hold a key or a password is not
 * shown.
 */
final class ShownValue {

	private static final int LONGEST = 60;

	private static final Pattern SECRET_NAMES = Pattern.compile("key|secret|token|password|credential");

	private ShownValue() {
	}

	/**
	 * Returns the value in quotes, or that it is not shown.
	 * @param name the name of the property
	 * @param value its value
	 */
	static String of(String name, String value) {
		boolean plain = value.length() <= LONGEST && !SECRET_NAMES.matcher(name.toLowerCase(Locale.ROOT)).find()
				&& !value.contains("@") && !KeyShape.isIn(value) && value.chars().noneMatch(Character::isISOControl);
		return plain ? "'" + ServerUrl.withoutQuery(value) + "'" : "not shown";
	}

}
