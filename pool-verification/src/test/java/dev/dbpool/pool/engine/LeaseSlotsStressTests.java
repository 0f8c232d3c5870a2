package dev.dbpool.pool.engine;

import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The engine's slots and queue under Lincheck's stress: the same scenarios as in
 * {@link LeaseSlotsModelTests}, on real threads.
 */
@Tag("proof")
class LeaseSlotsStressTests {

	private static final Scenario ARRIVING_TOGETHER = new Scenario("acquire 1; acquire 2; grow",
			"release 1; acquire 1; release 1; acquire 1; cancel 1 | release 2; acquire 2; release 2; acquire 2; cancel 2"
					+ " | acquire 3; release 3; acquire 3; release 3; cancel 3",
			"");

	@Test
	void oneSlotIsLinearizable() {
		stress().sequentialSpecification(SequentialSlot.class).check(OneSlotOperations.class);
	}

	@Test
	void growingSlotsAreLinearizable() {
		StressOptions options = stress();
		options.addCustomScenario(ARRIVING_TOGETHER.of(GrowingSlotsOperations.class));
		options.sequentialSpecification(SequentialSlots.class).check(GrowingSlotsOperations.class);
	}

	@Test
	void controlledSlotsForgetNoWaiter() {
		stress().verifier(EpsilonVerifier.class).check(ControlledSlotsOperations.class);
	}

	private static StressOptions stress() {
		return new StressOptions().iterations(Proof.of(5, 20, 50, 200))
			.invocationsPerIteration(Proof.of(300, 300, 2_000, 10_000))
			.threads(3)
			.actorsPerThread(4);
	}

}
