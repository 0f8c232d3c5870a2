package dev.dbpool.postgrest.http;

import java.util.List;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An exchange whose requests have preferences by default. A request that has a value of
 * its own for one of them keeps it. What a server may ignore silently,
 * {@code tx=rollback} on a write and {@code max-affected} on an update or delete, must be
 * confirmed by its answer, or the result is an error that says that the write was made.
 * Immutable.
 */
public final class PreferringExchange implements PostgrestExchange {

	private final PostgrestExchange delegate;

	private final Preferences defaults;

	private PreferringExchange(PostgrestExchange delegate, Preferences defaults) {
		this.delegate = delegate;
		this.defaults = defaults;
	}

	/**
	 * An exchange with preferences; of several values for one preference, the last one
	 * counts.
	 * @param exchange what sends the requests
	 * @param preferences the preferences, such as {@code timezone=Europe/Berlin}
	 * @return the exchange itself if there are none
	 * @throws IllegalArgumentException when one of them cannot be sent
	 */
	public static PostgrestExchange over(PostgrestExchange exchange, List<String> preferences) {
		Preferences defaults = Preferences.NONE;
		for (String preference : preferences) {
			defaults = defaults.with(Preferences.parse(preference));
		}
		return preferences.isEmpty() ? exchange : new PreferringExchange(exchange, defaults);
	}

	@Override
	public <T> Mono<T> mono(PostgrestRequest request, Function<Answer, @Nullable T> reader) {
		return this.delegate.mono(request.preferring(this.defaults), reader);
	}

	@Override
	public <T> Flux<T> flux(PostgrestRequest request, Function<StreamedAnswer, Flux<T>> reader) {
		return this.delegate.flux(request.preferring(this.defaults), reader);
	}

}
