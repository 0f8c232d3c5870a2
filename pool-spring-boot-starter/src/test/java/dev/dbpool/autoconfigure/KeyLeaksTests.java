package dev.dbpool.autoconfigure;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class KeyLeaksTests {

	@Test
	void keyThatIsPrintedIsFound() {
		KeyLeaks.watch("a-key-that-is-made-up");
		System.out.println("the key is a-key-that-is-made-up");
		System.err.print("no key here");
		System.err.println(", but here: a-key-that-is-made-up");
		assertThat(KeyLeaks.drain()).containsExactly("output: the key is <KEY>",
				"output: no key here, but here: <KEY>");
	}

}
