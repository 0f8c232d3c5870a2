package dev.dbpool.benchmark.load;

import dev.dbpool.benchmark.Target;

/**
 * The clients that are compared.
 */
enum ClientKind {

	PER_REQUEST("per-request", "a client per request") {

		@Override
		LoadClient create(Target target, Request request, int connections) {
			return WebLoadClient.perRequest(target, request);
		}

	},

	BARE("bare", "a bare WebClient") {

		@Override
		LoadClient create(Target target, Request request, int connections) {
			return WebLoadClient.bare(target, request);
		}

	},

	POOLED("pooled", "the pool") {

		@Override
		LoadClient create(Target target, Request request, int connections) {
			return new PooledLoadClient(target, request, connections);
		}

	};

	private final String id;

	private final String title;

	ClientKind(String id, String title) {
		this.id = id;
		this.title = title;
	}

	/**
	 * Returns the name on the command line.
	 */
	@Override
	public String toString() {
		return this.id;
	}

	String title() {
		return this.title;
	}

	/**
	 * Creates a client.
	 * @param target the server
	 * @param request what each call asks for
	 * @param connections read connections of a pool
	 */
	abstract LoadClient create(Target target, Request request, int connections);

}
