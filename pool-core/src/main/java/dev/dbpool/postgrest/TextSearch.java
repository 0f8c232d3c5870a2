package dev.dbpool.postgrest;

/**
 * How a query of full-text search is written.
 */
public enum TextSearch {

	/**
	 * With operators, as {@code to_tsquery} takes it: {@code fat & !cat}.
	 */
	RAW("fts"),
	/**
	 * Words that must all occur, as {@code plainto_tsquery} takes them.
	 */
	PLAIN("plfts"),
	/**
	 * Words that must follow each other, as {@code phraseto_tsquery} takes them.
	 */
	PHRASE("phfts"),
	/**
	 * As people type it into a search box, as {@code websearch_to_tsquery} takes it:
	 * {@code "fat rat" or cat -dog}. No text is wrong.
	 */
	WEBSEARCH("wfts");

	private final String operator;

	TextSearch(String operator) {
		this.operator = operator;
	}

	String operator() {
		return this.operator;
	}

}
