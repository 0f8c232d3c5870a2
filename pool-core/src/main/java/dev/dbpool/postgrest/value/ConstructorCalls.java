package dev.dbpool.postgrest.value;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.module.SimpleValueInstantiators;

/**
 * Makes rows by the constructor that Jackson has chosen, such as that of a record,
 * through a method handle that takes an array. Jackson 3.1 lets a handle adapt itself to
 * the arguments of each row, which takes a seventh of the time in which a long answer is
 * read. Failures are those of Jackson.
 */
final class ConstructorCalls extends StdValueInstantiator {

	private static final long serialVersionUID = 1L;

	private static final MethodType OF_ARRAY = MethodType.methodType(Object.class, Object[].class);

	private final transient MethodHandle constructor;

	private ConstructorCalls(StdValueInstantiator origin, MethodHandle constructor) {
		super(origin);
		this.constructor = constructor;
	}

	private static @Nullable MethodHandle constructor(ValueInstantiator instantiator) {
		if (instantiator.getClass() != StdValueInstantiator.class || instantiator.getWithArgsCreator() == null
				|| !(instantiator.getWithArgsCreator().getAnnotated() instanceof Constructor<?> constructor)) {
			return null;
		}
		try {
			return MethodHandles.lookup()
				.unreflectConstructor(constructor)
				.asFixedArity()
				.asSpreader(Object[].class, constructor.getParameterCount())
				.asType(OF_ARRAY);
		}
		catch (IllegalAccessException ex) {
			return null;
		}
	}

	@Override
	public Object createFromObjectWith(DeserializationContext context, Object[] arguments) {
		try {
			return this.constructor.invokeExact(arguments);
		}
		catch (Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			return context.handleInstantiationProblem(_valueClass, arguments, rewrapCtorProblem(context, ex));
		}
	}

	/**
	 * Replaces the instantiators of Jackson. Those of other modules are left as they are.
	 */
	static final class Instantiators extends SimpleValueInstantiators {

		private static final long serialVersionUID = 1L;

		@Override
		public ValueInstantiator modifyValueInstantiator(DeserializationConfig config, BeanDescription.Supplier type,
				ValueInstantiator instantiator) {
			MethodHandle constructor = constructor(instantiator);
			return (constructor != null) ? new ConstructorCalls((StdValueInstantiator) instantiator, constructor)
					: instantiator;
		}

	}

}
