package dev.dbpool.sample;

/**
 * The users of the seed.
 */
final class Users {

	private Users() {
	}

	static String id(int number) {
		return "00000000-0000-4000-8000-%012d".formatted(number);
	}

}
