package dev.dbpool.pool;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/**
 * The engine's slots and queue under Lincheck's model checking, which tries the
 * interleavings of small scenarios one after the other.
 */
class LeaseSlotsModelTests {

	@Test
	void oneSlotIsLinearizable() {
		model().sequentialSpecification(SequentialSlot.class).check(OneSlotOperations.class);
	}

	@Test
	void growingSlotsAreLinearizable() {
		model().sequentialSpecification(SequentialSlots.class).check(GrowingSlotsOperations.class);
	}

	@Test
	void controlledSlotsForgetNobody() {
		model().verifier(EpsilonVerifier.class).check(ControlledSlotsOperations.class);
	}

	private static ModelCheckingOptions model() {
		return new ModelCheckingOptions().iterations(Proof.of(30, 300))
			.invocationsPerIteration(Proof.of(200, 5_000))
			.threads(3)
			.actorsPerThread(3)
			.minimizeFailedScenario(false);
	}

}
