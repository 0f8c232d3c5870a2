package dev.dbpool.transport;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;

/**
 * The event loops of all connections of a connector: the caller's or the shared ones,
 * which are looked up each time, since they can be replaced.
 */
final class EventLoops implements Executor {

	private final @Nullable LoopResources resources;

	private final AtomicInteger turn = new AtomicInteger();

	EventLoops(@Nullable LoopResources resources) {
		this.resources = resources;
	}

	/**
	 * Runs a task on any loop, on the present one if it comes from there.
	 */
	@Override
	public void execute(Runnable task) {
		group().execute(task);
	}

	/**
	 * Returns each loop in turn, so that connections are spread evenly.
	 * <p>
	 * No more loops are used than there are processors: on a small machine Reactor
	 * Netty's four would each find less to do at a time.
	 */
	EventLoop next() {
		List<EventLoop> loops = useful();
		return loops.get(Math.floorMod(this.turn.getAndIncrement(), loops.size()));
	}

	private List<EventLoop> useful() {
		return StreamSupport.stream(group().spliterator(), false)
			.limit(Runtime.getRuntime().availableProcessors())
			.map(EventLoop.class::cast)
			.toList();
	}

	/**
	 * Completes when a time has passed, and each loop has polled after that: what has
	 * arrived by then counts, even if the loop was busy. No loop is the thread of that.
	 */
	Mono<Void> passed(Duration time) {
		return Mono.delay(time)
			.flatMap((end) -> Mono.when(useful().stream().map(EventLoops::polled).toList()))
			.publishOn(Schedulers.parallel());
	}

	private static Mono<Void> polled(EventLoop loop) {
		return Mono.create((sink) -> ResponseGuard.afterPoll(loop, sink::success));
	}

	/**
	 * Returns the type of channel for these loops.
	 */
	Class<? extends Channel> channelClass() {
		return loops().onChannelClass(SocketChannel.class, group());
	}

	private LoopResources loops() {
		return (this.resources != null) ? this.resources : HttpResources.get();
	}

	private EventLoopGroup group() {
		return loops().onClient(LoopResources.DEFAULT_NATIVE);
	}

}
