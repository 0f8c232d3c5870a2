package dev.dbpool.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;
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
		List<EventLoop> loops = new ArrayList<>();
		group().forEach((loop) -> loops.add((EventLoop) loop));
		int useful = Math.min(loops.size(), Runtime.getRuntime().availableProcessors());
		return loops.get(Math.floorMod(this.turn.getAndIncrement(), useful));
	}

	/**
	 * Runs a task of an event loop after its next poll, which finds what has arrived
	 * while the loop was busy.
	 * @param executor the loop
	 */
	static void afterPoll(EventExecutor executor, Runnable task) {
		if (executor instanceof SingleThreadEventLoop loop) {
			loop.executeAfterEventLoopIteration(() -> loop.execute(task));
		}
		else {
			executor.execute(() -> executor.schedule(task, 0, TimeUnit.NANOSECONDS));
		}
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
