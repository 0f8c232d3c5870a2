package dev.dbpool.benchmark.fault;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import reactor.core.publisher.Mono;

/**
 * What the callers of a client do.
 *
 * @param arrivals calls that arrive at a constant rate
 * @param burst how many calls arrive together when the fault begins
 * @param ofBurst what each of these is
 */
record Workload(List<Arrivals> arrivals, int burst, Action ofBurst) {

	private static final int ROWS = 1000;

	/** The connections that PostgREST has by default, and so the statements that run. */
	private static final double SERVER_CONNECTIONS = 10;

	private static final Action READ = (client, number) -> read(client, "items", number);

	/** 30 reads and 7.5 writes per second. */
	static final Workload STANDARD = new Workload(
			List.of(new Arrivals(Call.Kind.READ, 30, 30, READ),
					new Arrivals(Call.Kind.WRITE, 7.5, 7.5, (client, number) -> client.write(Call.id(number)))),
			0, READ);

	/**
	 * Calls of a function, for callers that wait no longer than a deadline. It takes so
	 * long that the server can do as many per second as its capacity says. Before and
	 * after the fault, half as many arrive.
	 * @param factor how many arrive during the fault, as a multiple of the capacity
	 */
	static Workload overload(double capacity, double factor, Duration deadline) {
		Duration time = Duration.ofMillis(Math.round(1000 * SERVER_CONNECTIONS / capacity));
		return new Workload(List.of(new Arrivals(Call.Kind.READ, capacity / 2, capacity * factor,
				(client, number) -> client.work(time, deadline))), 0, READ);
	}

	/**
	 * Returns this workload with reads of another table beside it, which are counted
	 * apart.
	 */
	Workload besideReadsOf(String table, double perSecond) {
		Arrivals beside = new Arrivals(Call.Kind.ASIDE, perSecond, perSecond,
				(client, number) -> read(client, table, number));
		return new Workload(Stream.concat(this.arrivals.stream(), Stream.of(beside)).toList(), this.burst,
				this.ofBurst);
	}

	/**
	 * Returns this workload with calls that arrive together when the fault begins, which
	 * are counted apart.
	 */
	Workload withBurst(int calls, Action action) {
		return new Workload(this.arrivals, calls, action);
	}

	/**
	 * Returns whether more calls arrive during the fault than before.
	 */
	boolean isFasterInFault() {
		return this.arrivals.stream().anyMatch((each) -> each.during() != each.normal());
	}

	static Mono<Void> read(Client client, String table, long number) {
		int key = (int) (number % ROWS) + 1;
		return client.read(table, key).doOnNext((items) -> {
			if (items.size() != 1 || items.get(0).id() != key) {
				throw new WrongAnswerException("asked for " + key + ", got " + items);
			}
		}).switchIfEmpty(Mono.error(() -> new WrongAnswerException("asked for " + key + ", got nothing"))).then();
	}

	/**
	 * Calls that arrive at a constant rate.
	 *
	 * @param kind how they are counted
	 * @param normal how many arrive per second before and after the fault
	 * @param during how many arrive per second during the fault
	 * @param action what each of them is
	 */
	record Arrivals(Call.Kind kind, double normal, double during, Action action) {

	}

	/**
	 * What a caller asks a client for.
	 */
	@FunctionalInterface
	interface Action {

		Mono<Void> start(Client client, long number);

	}

	/**
	 * An answer that is not the one to the request.
	 */
	static final class WrongAnswerException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		WrongAnswerException(String message) {
			super(message);
		}

	}

}
