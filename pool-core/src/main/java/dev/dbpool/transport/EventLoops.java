package dev.dbpool.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.EventLoopGroup;
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

	@Nullable LoopResources resources() {
		return this.resources;
	}

	/**
	 * Runs a task on any loop, on the present one if it comes from there.
	 */
	@Override
	public void execute(Runnable task) {
		group().execute(task);
	}

	/**
	 * Runs a task on each loop in turn. A connection that is opened by such a task stays
	 * on that loop, so that connections are spread evenly. Left to itself, Netty 4.2
	 * would use every second loop only: making a channel asks the group for a loop once
	 * more.
	 * <p>
	 * No more loops are used than there are processors: on a small machine Reactor
	 * Netty's four would each find less to do at a time.
	 * @param task the task
	 */
	void executeInTurn(Runnable task) {
		List<Executor> loops = new ArrayList<>();
		group().forEach(loops::add);
		int useful = Math.min(loops.size(), Runtime.getRuntime().availableProcessors());
		loops.get(Math.floorMod(this.turn.getAndIncrement(), useful)).execute(task);
	}

	private EventLoopGroup group() {
		LoopResources resources = (this.resources != null) ? this.resources : HttpResources.get();
		return resources.onClient(LoopResources.DEFAULT_NATIVE);
	}

}
