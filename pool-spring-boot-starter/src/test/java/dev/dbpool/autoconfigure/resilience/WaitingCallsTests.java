package dev.dbpool.autoconfigure.resilience;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

import dev.dbpool.client.Lane;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order in which calls are woken, and who takes the turn of one that is cancelled.
 */
class WaitingCallsTests {

	private final Queue<Runnable> tasks = new ArrayDeque<>();

	private final Scheduler scheduler = Schedulers.fromExecutor(this.tasks::add);

	private final WaitingCalls calls = new WaitingCalls();

	private final List<String> woken = new ArrayList<>();

	@Test
	void wakesTheCallsThatHaveWaitedLongest() {
		join("first", Lane.READ, 10);
		join("second", Lane.WRITE, 5);
		join("third", Lane.READ, 1);
		this.calls.wake(2);
		assertWoken("first", "second");
		this.calls.wake(2);
		assertWoken("first", "second", "third");
		assertThat(this.calls.isEmpty()).isTrue();
	}

	@Test
	void wakesAllCalls() {
		join("first", Lane.READ, 1);
		join("second", Lane.WRITE, 1);
		join("third", Lane.READ, 1);
		assertThat(this.calls.isEmpty()).isFalse();
		this.calls.wakeAll();
		assertWoken("first", "second", "third");
	}

	@Test
	void wakesTheCallsThatMayNotWaitUntilATime() {
		join("long", Lane.READ, 11);
		join("until then", Lane.READ, 10);
		join("short", Lane.WRITE, 9);
		this.calls.wakeBefore(10);
		assertWoken("short");
		this.calls.wakeBefore(12);
		assertWoken("short", "long", "until then");
		assertThat(this.calls.count(Lane.READ)).isZero();
		assertThat(this.calls.count(Lane.WRITE)).isZero();
	}

	@Test
	void countsTheCallsOfEachLane() {
		join("first", Lane.READ, 1);
		join("second", Lane.READ, 1);
		Disposable third = join("third", Lane.WRITE, 1);
		assertThat(this.calls.count(Lane.READ)).isEqualTo(2);
		assertThat(this.calls.count(Lane.WRITE)).isEqualTo(1);
		third.dispose();
		assertThat(this.calls.count(Lane.WRITE)).isZero();
		this.calls.wake(1);
		assertThat(this.calls.count(Lane.READ)).isEqualTo(1);
	}

	@Test
	void callThatIsCancelledWhileItWaitsIsNotWoken() {
		Disposable first = join("first", Lane.READ, 1);
		join("second", Lane.READ, 1);
		first.dispose();
		this.calls.wake(1);
		assertWoken("second");
	}

	@Test
	void callThatIsCancelledWhenItsTurnHasComeLeavesItToTheNext() {
		Disposable first = join("first", Lane.READ, 1);
		join("second", Lane.READ, 1);
		join("third", Lane.READ, 1);
		this.calls.wake(1);
		first.dispose();
		assertWoken("second");
	}

	@Test
	void whatFollowsDoesNotRunOnTheThreadThatWakes() {
		join("call", Lane.READ, 1);
		this.calls.wake(1);
		assertThat(this.woken).isEmpty();
		assertWoken("call");
	}

	@Test
	void callIsWokenThatNoticesAChangeWhenItJoins() {
		this.calls.join(Lane.READ, 1, () -> this.calls.wake(1), this.scheduler).subscribe((nothing) -> {
		}, (failure) -> {
		}, () -> this.woken.add("call"));
		assertWoken("call");
	}

	@Test
	void eachSubscriptionIsACall() {
		Mono<Void> join = this.calls.join(Lane.READ, 1, () -> {
		}, this.scheduler);
		assertThat(this.calls.isEmpty()).isTrue();
		join.subscribe();
		join.subscribe();
		assertThat(this.calls.count(Lane.READ)).isEqualTo(2);
	}

	private Disposable join(String name, Lane lane, long until) {
		return this.calls.join(lane, until, () -> {
		}, this.scheduler).subscribe((nothing) -> {
		}, (failure) -> {
		}, () -> this.woken.add(name));
	}

	private void assertWoken(String... names) {
		while (!this.tasks.isEmpty()) {
			this.tasks.remove().run();
		}
		assertThat(this.woken).containsExactly(names);
	}

}
