package dev.dbpool.autoconfigure.alert;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import dev.dbpool.autoconfigure.DatabasePool;
import dev.dbpool.autoconfigure.DatabasePoolProperties;
import dev.dbpool.autoconfigure.DatabasePools;
import dev.dbpool.autoconfigure.PoolBackgroundTask;
import dev.dbpool.autoconfigure.activity.PoolEvent;
import dev.dbpool.autoconfigure.activity.PoolEvents;
import dev.dbpool.autoconfigure.alert.PoolAlert.State;
import dev.dbpool.autoconfigure.alert.PoolAlert.Type;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.ApplicationEventPublisher;

/**
 * Looks at the pools once a second, on a thread of its own, and raises and resolves
 * alerts: as application events, in the log, among the events of the pools, and to the
 * notifiers. No caller of a pool ever waits for it.
 */
public final class PoolAlerts extends PoolBackgroundTask {

	private static final Logger logger = LoggerFactory.getLogger(PoolAlerts.class);

	private static final int MOST_WAITING = 100;

	private final DatabasePools pools;

	private final Function<DatabasePool, AlertConditions> conditions;

	private final ApplicationEventPublisher publisher;

	private final PoolEvents events;

	private final List<AlertNotifier> notifiers;

	private final Map<String, Watch> watches = new LinkedHashMap<>();

	private volatile @Nullable Scheduler notifying;

	PoolAlerts(DatabasePools pools, Function<DatabasePool, AlertConditions> conditions,
			ApplicationEventPublisher publisher, PoolEvents events, List<AlertNotifier> notifiers) {
		this.pools = pools;
		this.conditions = conditions;
		this.publisher = publisher;
		this.events = events;
		this.notifiers = List.copyOf(notifiers);
	}

	/**
	 * Returns the alerts that are raised and not resolved yet.
	 * @return the alerts of all pools
	 */
	public synchronized List<PoolAlert> active() {
		List<PoolAlert> active = new ArrayList<>();
		for (Watch watch : this.watches.values()) {
			watch.states.values().forEach((state) -> state.active().ifPresent(active::add));
		}
		return active;
	}

	private void look() {
		try {
			update(Instant.now(), System.nanoTime()).forEach(this::publish);
		}
		catch (RuntimeException ex) {
			logger.warn("Alerts of the pools could not be evaluated", ex);
		}
	}

	private synchronized List<PoolAlert> update(Instant now, long nanoTime) {
		List<PoolAlert> changed = new ArrayList<>();
		for (DatabasePool pool : this.pools.all()) {
			if (pool.properties().alerts().enabled()) {
				Watch watch = this.watches.computeIfAbsent(pool.name(), (name) -> new Watch(pool));
				changed.addAll(watch.update(now, nanoTime));
			}
		}
		return changed;
	}

	void publish(PoolAlert alert) {
		String text = "%s of pool '%s' %s: %s".formatted(alert.type(), alert.pool(),
				(alert.state() == State.RAISED) ? "raised" : "resolved after " + alert.lasted().toSeconds() + "s",
				alert.message());
		if (alert.state() == State.RAISED) {
			logger.warn("Alert {}", text);
		}
		else {
			logger.info("Alert {}", text);
		}
		this.events.add(alert.pool(), null, PoolEvent.Type.ALERT, text);
		publishEvent(alert);
		Scheduler scheduler = this.notifying;
		if (scheduler != null && !this.notifiers.isEmpty()) {
			try {
				scheduler.schedule(() -> this.notifiers.forEach((notifier) -> notify(notifier, alert)));
			}
			catch (RuntimeException ex) {
				logger.warn("Alert {} is not passed on: {} alerts wait already", text, MOST_WAITING);
			}
		}
	}

	private void publishEvent(PoolAlert alert) {
		try {
			this.publisher.publishEvent(alert);
		}
		catch (RuntimeException ex) {
			logger.warn("A listener for alert {} of pool '{}' failed", alert.type(), alert.pool(), ex);
		}
	}

	private static void notify(AlertNotifier notifier, PoolAlert alert) {
		try {
			notifier.notify(alert);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (Exception ex) {
			logger.warn("Alert {} of pool '{}' could not be passed on by {}: {}", alert.type(), alert.pool(),
					notifier.getClass().getSimpleName(), ex.toString());
		}
	}

	@Override
	protected Disposable begin() {
		Scheduler watching = Schedulers.newSingle("databasePoolAlerts", true);
		Scheduler notifying = Schedulers.newBoundedElastic(1, MOST_WAITING, "databasePoolNotifier", 60, true);
		this.notifying = notifying;
		everySecond(watching, this::look);
		return Disposables.composite(watching, notifying);
	}

	/**
	 * The alerts of one pool.
	 */
	private final class Watch {

		private final AlertConditions conditions;

		private final Map<Type, AlertState> states = new EnumMap<>(Type.class);

		Watch(DatabasePool pool) {
			this.conditions = PoolAlerts.this.conditions.apply(pool);
			DatabasePoolProperties.Alerts settings = pool.properties().alerts();
			for (Type type : Type.values()) {
				this.states.put(type, new AlertState(pool.name(), type, settings.delay(), settings.coolDown()));
			}
		}

		List<PoolAlert> update(Instant now, long nanoTime) {
			List<PoolAlert> changed = new ArrayList<>();
			Map<Type, Optional<String>> reasons = this.conditions.evaluate();
			this.states
				.forEach((type, state) -> state.update(reasons.getOrDefault(type, Optional.empty()), now, nanoTime)
					.ifPresent(changed::add));
			return changed;
		}

	}

}
