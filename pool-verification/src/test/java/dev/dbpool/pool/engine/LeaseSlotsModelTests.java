package dev.dbpool.pool.engine;

import java.util.List;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The engine's slots and queue under Lincheck's model checking, which tries the
 * interleavings of small scenarios one after the other: of the races that are written
 * down here, and of some at random.
 */
@Tag("proof")
@Tag("long")
class LeaseSlotsModelTests {

	private static final List<Scenario> ONE_SLOT = List.of(
			new Scenario("acquire 1", "release 1 | acquire 2", "state 2; release 1; state 2"),
			new Scenario("acquire 1", "release 1 | acquire 2 | acquire 3", "state 2; state 3"),
			new Scenario("acquire 1; acquire 2", "release 1 | acquire 3", "state 2; state 3"),
			new Scenario("acquire 1; acquire 2", "release 1 | cancel 2", "state 2; acquire 3; state 3"),
			new Scenario("acquire 1; acquire 2", "release 1; release 2 | acquire 3", "state 3"),
			new Scenario("acquire 1; acquire 2", "release 1 | cancel 2 | acquire 3", "state 3"),
			new Scenario("acquire 1; acquire 2; acquire 3", "release 1 | expire 2", "state 2; state 3; acquire 1"),
			new Scenario("acquire 1; acquire 2", "release 1 | fallAsleep 2", "state 2"),
			new Scenario("acquire 1; acquire 2", "release 1; state 1 | state 2; state 2", "release 2; state 2"),
			new Scenario("acquire 1; acquire 2", "release 1 | release 1", "state 2; release 1; state 2"),
			new Scenario("acquire 1; acquire 2", "release 1 | retire", "state 2; release 2; acquire 3; state 3"),
			new Scenario("acquire 1; acquire 2", "release 1 | retire; reopen", "state 2; reopen; state 2"),
			new Scenario("acquire 1; acquire 2", "release 1 | revoke; reopen", "state 1; state 2; reopen; state 2"),
			new Scenario("acquire 1", "revoke; reopen | release 1; acquire 1", "state 1; reopen; state 1"),
			new Scenario("retire; acquire 1", "reopen | retire", "state 1; reopen; state 1"),
			new Scenario("acquire 1", "acquire 2; cancel 2 | acquire 3", "release 1; state 3"),
			new Scenario("acquire 1", "release 1; acquire 2 | acquire 3; state 3", "state 2; state 3"));

	private static final List<Scenario> GROWING = List.of(
			new Scenario("acquire 1; acquire 2", "release 1 | grow", "state 2"),
			new Scenario("acquire 1; acquire 2; acquire 3", "release 1 | grow", "state 2; state 3"),
			new Scenario("acquire 1; acquire 2", "cancel 2 | grow", "state 2; acquire 3; state 3"),
			new Scenario("acquire 1", "acquire 2 | grow", "state 2; acquire 3; state 3"));

	private static final List<Scenario> CONTROLLED = List.of(
			new Scenario("acquire 1; acquire 2", "acquire 3 | close", ""),
			new Scenario("acquire 1; acquire 2; acquire 3", "release 1 | close", ""),
			new Scenario("acquire 1; acquire 2; suspend; acquire 3", "release 1 | resume", ""),
			new Scenario("acquire 1; acquire 2; acquire 3", "release 1 | suspend; resume", ""),
			new Scenario("suspend; acquire 1", "resume | acquire 2; release 2", ""),
			new Scenario("suspend; acquire 1", "resume | expire 1", ""),
			new Scenario("acquire 1; acquire 2; acquire 3", "release 1 | retire 0; reopen", ""),
			new Scenario("acquire 1; acquire 2; acquire 3", "release 1; release 2 | revoke 0; reopen", ""));

	@Test
	void oneSlotIsLinearizable() {
		model(ONE_SLOT, OneSlotOperations.class).sequentialSpecification(SequentialSlot.class)
			.check(OneSlotOperations.class);
	}

	@Test
	void growingSlotsAreLinearizable() {
		model(GROWING, GrowingSlotsOperations.class).sequentialSpecification(SequentialSlots.class)
			.check(GrowingSlotsOperations.class);
	}

	@Test
	void controlledSlotsForgetNoWaiter() {
		model(CONTROLLED, ControlledSlotsOperations.class).verifier(EpsilonVerifier.class)
			.check(ControlledSlotsOperations.class);
	}

	private static ModelCheckingOptions model(List<Scenario> races, Class<?> operations) {
		ModelCheckingOptions options = new ModelCheckingOptions().iterations(Proof.of(1, 2, 10, 200))
			.invocationsPerIteration(Proof.of(50, 150, 600, 10_000))
			.threads(2)
			.actorsPerThread(3)
			.minimizeFailedScenario(false);
		races.forEach((race) -> options.addCustomScenario(race.of(operations)));
		return options;
	}

}
