package dev.dbpool.postgrest;

import java.util.List;

/**
 * Collects the members of a group of conditions. Immutable: each step gives a new one.
 */
public final class Conditions implements Filters<Conditions> {

	static final Conditions NONE = new Conditions(List.of());

	private final List<Condition> list;

	private Conditions(List<Condition> list) {
		this.list = list;
	}

	@Override
	public Conditions where(Condition condition) {
		return new Conditions(RequestSpec.plus(this.list, condition));
	}

	List<Condition> list() {
		return this.list;
	}

}
