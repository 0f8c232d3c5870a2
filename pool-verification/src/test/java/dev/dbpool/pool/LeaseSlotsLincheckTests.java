package dev.dbpool.pool;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/**
 * The engine's slots and queue under Lincheck: by model checking, which tries the
 * interleavings of small scenarios one after the other, and by stress on real threads.
 */
class LeaseSlotsLincheckTests {

	@Test
	void oneSlotIsLinearizableInTheModel() {
		model().sequentialSpecification(SequentialSlot.class).check(OneSlotOperations.class);
	}

	@Test
	void oneSlotIsLinearizableUnderStress() {
		stress().sequentialSpecification(SequentialSlot.class).check(OneSlotOperations.class);
	}

	@Test
	void growingSlotsAreLinearizableInTheModel() {
		model().sequentialSpecification(SequentialSlots.class).check(GrowingSlotsOperations.class);
	}

	@Test
	void growingSlotsAreLinearizableUnderStress() {
		stress().sequentialSpecification(SequentialSlots.class).check(GrowingSlotsOperations.class);
	}

	@Test
	void controlledSlotsForgetNobodyInTheModel() {
		model().verifier(EpsilonVerifier.class).check(ControlledSlotsOperations.class);
	}

	@Test
	void controlledSlotsForgetNobodyUnderStress() {
		stress().verifier(EpsilonVerifier.class).check(ControlledSlotsOperations.class);
	}

	private static ModelCheckingOptions model() {
		return new ModelCheckingOptions().iterations(Proof.of(15, 200))
			.invocationsPerIteration(Proof.of(400, 5_000))
			.threads(3)
			.actorsPerThread(3);
	}

	private static StressOptions stress() {
		return new StressOptions().iterations(Proof.of(20, 200))
			.invocationsPerIteration(Proof.of(500, 10_000))
			.threads(3)
			.actorsPerThread(4);
	}

}
