package dev.dbpool.autoconfigure;

import java.util.regex.Pattern;

/**
 * Recognises the keys of a project by their shape, wherever they were put by mistake.
 */
final class KeyShape {

	private static final Pattern KEY = Pattern.compile("eyJ[\\w-]{6,}|sb_(secret|publishable)_");

	private KeyShape() {
	}

	static boolean isIn(String text) {
		return KEY.matcher(text).find();
	}

}
