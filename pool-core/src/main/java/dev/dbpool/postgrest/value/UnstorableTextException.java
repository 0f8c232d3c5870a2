package dev.dbpool.postgrest.value;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A text that PostgreSQL cannot store; thrown before anything is sent.
 */
public final class UnstorableTextException extends IllegalArgumentException {

	private static final long serialVersionUID = 1L;

	static final String REASON = ", which PostgreSQL cannot store in a text or in jsonb. Nothing was sent."
			+ " Remove it, or store the bytes in a column of type bytea";

	private static final JsonFactory JSON = new JsonFactory();

	UnstorableTextException(String message) {
		super(message);
	}

	/**
	 * The same, with the name of what the JSON document stands for.
	 */
	UnstorableTextException in(String kind, String name) {
		String what = kind + " '" + StorableText.printable(name) + "'";
		String message = String.valueOf(getMessage());
		return message.startsWith("The " + what) ? this
				: new UnstorableTextException("In the " + what + ": " + message);
	}

	/**
	 * Looks for the first text that cannot be stored.
	 * @param json a document that has one
	 */
	static UnstorableTextException inJson(String json) {
		try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
			for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
				String text = (token == JsonToken.PROPERTY_NAME || token == JsonToken.VALUE_STRING) ? parser.getString()
						: "";
				int index = StorableText.indexOfUnstorable(text);
				if (index >= 0) {
					String what = (token == JsonToken.PROPERTY_NAME) ? "name of the JSON property '"
							: "JSON value at '";
					String pointer = StorableText.printable(parser.streamReadContext().pathAsPointer().toString());
					return new UnstorableTextException("The " + what + pointer + "' contains "
							+ StorableText.describe(text.charAt(index)) + " at index " + index + REASON);
				}
			}
		}
		catch (JacksonException ex) {
			// no JSON: then there is no pointer
		}
		return new UnstorableTextException("The JSON text contains NUL or an unpaired surrogate" + REASON);
	}

}
