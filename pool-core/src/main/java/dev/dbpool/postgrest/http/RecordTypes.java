package dev.dbpool.postgrest.http;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.CreatorProperty;
import tools.jackson.databind.deser.SettableBeanProperty;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.bean.BeanDeserializer;
import tools.jackson.databind.deser.bean.PropertyValueBuffer;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.module.SimpleValueInstantiators;
import tools.jackson.databind.util.NameTransformer;

/**
 * Lets Jackson read types that are made by a constructor, such as records, in less time.
 * What is read, and what fails, is the same. Types with anything special, and those for
 * which another module has its own deserializer or instantiator, are read as before.
 */
final class RecordTypes {

	private RecordTypes() {
	}

	static SimpleModule module() {
		SimpleModule module = new SimpleModule(RecordTypes.class.getName());
		module.setValueInstantiators(new Instantiators());
		module.setDeserializerModifier(new Deserializers());
		return module;
	}

	/**
	 * Replaces the instantiators of Jackson.
	 */
	private static final class Instantiators extends SimpleValueInstantiators {

		private static final long serialVersionUID = 1L;

		@Override
		public ValueInstantiator modifyValueInstantiator(DeserializationConfig config, BeanDescription.Supplier type,
				ValueInstantiator instantiator) {
			MethodHandle constructor = ConstructorCalls.constructor(instantiator);
			return (constructor != null) ? new ConstructorCalls((StdValueInstantiator) instantiator, constructor)
					: instantiator;
		}

	}

	/**
	 * Replaces the deserializers of Jackson for types with such an instantiator.
	 */
	private static final class Deserializers extends ValueDeserializerModifier {

		private static final long serialVersionUID = 1L;

		@Override
		public ValueDeserializer<?> modifyDeserializer(DeserializationConfig config, BeanDescription.Supplier type,
				ValueDeserializer<?> deserializer) {
			return (deserializer.getClass() == BeanDeserializer.class
					&& ((BeanDeserializer) deserializer).getValueInstantiator() instanceof ConstructorCalls)
							? new RecordDeserializer((BeanDeserializer) deserializer) : deserializer;
		}

	}

	/**
	 * Makes rows by the constructor that Jackson has chosen, such as that of a record,
	 * through a method handle that takes an array. Jackson 3.1 lets a handle adapt itself
	 * to the arguments of each row, which takes a seventh of the time in which a long
	 * answer is read. Failures are those of Jackson.
	 */
	private static final class ConstructorCalls extends StdValueInstantiator {

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

	}

	/**
	 * Reads objects whose properties are the arguments of a constructor. The rows of an
	 * answer have their columns in the same order. So each name is compared with the one
	 * that was in its place in the last row, rather than looked up. An argument goes
	 * where the constructor takes it, and a column that is no argument is skipped,
	 * without a copy of either.
	 * <p>
	 * May be used by several threads at a time: the columns in their places are immutable
	 * each, and one that is not what another thread has seen last is only slower.
	 */
	private static final class RecordDeserializer extends BeanDeserializer {

		private static final int MOST_ARGUMENTS = Long.SIZE;

		private static final int MOST_PLACES = 128;

		private static final int MOST_KNOWN = 1_000;

		/** The arguments in their order, none if the type has anything special. */
		private CreatorProperty[] arguments = {};

		private @Nullable Column[] places = {};

		private final Map<String, Column> known = new ConcurrentHashMap<>();

		RecordDeserializer(BeanDeserializer origin) {
			super(origin);
		}

		@Override
		public void resolve(DeserializationContext context) {
			super.resolve(context);
			if (hasOnlyArguments()) {
				this.arguments = inOrder(_valueInstantiator.getFromObjectArguments(context.getConfig()).length);
				this.places = new Column[(this.arguments.length > 0) ? MOST_PLACES : 0];
			}
		}

		private boolean hasOnlyArguments() {
			return _propertyBasedCreator != null && _anySetter == null && _objectIdReader == null
					&& _injectables == null && _unwrappedPropertyHandler == null && _externalTypeIdHandler == null
					&& (_ignorableProps == null || _ignorableProps.isEmpty()) && _includableProps == null
					&& _delegateDeserializer == null;
		}

		private CreatorProperty[] inOrder(int count) {
			CreatorProperty[] ordered = new CreatorProperty[(count <= MOST_ARGUMENTS) ? count : 0];
			int found = 0;
			for (Iterator<SettableBeanProperty> all = properties(); all.hasNext();) {
				SettableBeanProperty property = _propertyBasedCreator.findCreatorProperty(all.next().getName());
				boolean isPlain = property != null && property.getClass() == CreatorProperty.class
						&& property.getInjectableValueId() == null && !property.isIgnorable();
				if (!isPlain || property.getCreatorIndex() >= ordered.length
						|| ordered[property.getCreatorIndex()] != null) {
					return new CreatorProperty[0];
				}
				ordered[property.getCreatorIndex()] = (CreatorProperty) property;
				found++;
			}
			return (found == count) ? ordered : new CreatorProperty[0];
		}

		/**
		 * An unwrapped object is read as before. A type that contains itself ends the
		 * recursion as in Jackson.
		 */
		@Override
		public ValueDeserializer<Object> unwrappingDeserializer(DeserializationContext context,
				NameTransformer transformer) {
			if (_currentlyTransforming == transformer) {
				return this;
			}
			_currentlyTransforming = transformer;
			try {
				return super.withIgnoreAllUnknown(true).unwrappingDeserializer(context, transformer);
			}
			finally {
				_currentlyTransforming = null;
			}
		}

		@Override
		protected Object _deserializeUsingPropertyBased(JsonParser parser, DeserializationContext context) {
			return (this.arguments.length > 0 && isUsual(context)) ? read(parser, context)
					: super._deserializeUsingPropertyBased(parser, context);
		}

		/**
		 * Returns whether properties without a value, those that are not known, and views
		 * are no concern.
		 */
		private boolean isUsual(DeserializationContext context) {
			return !context.isEnabled(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
					&& context.getActiveView() == null
					&& (_ignoreAllUnknown || (!context.isEnabled(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
							&& context.getConfig().getProblemHandlers() == null));
		}

		private Object read(JsonParser parser, DeserializationContext context) {
			@Nullable Object[] values = new Object[this.arguments.length];
			long missing = -1L >>> (Long.SIZE - values.length);
			int place = 0;
			Column column = (parser.currentToken() == JsonToken.PROPERTY_NAME) ? column(0, parser.currentName()) : null;
			while (column != null) {
				parser.nextToken();
				CreatorProperty argument = column.argument();
				if (argument != null) {
					int index = argument.getCreatorIndex();
					values[index] = _deserializeWithErrorWrapping(parser, context, argument);
					missing &= ~(1L << index);
				}
				else {
					parser.skipChildren();
				}
				column = nextColumn(parser, ++place);
			}
			Object made;
			try {
				made = (missing == 0) ? _valueInstantiator.createFromObjectWith(context, values)
						: makeWithout(missing, values, parser, context);
			}
			catch (Exception ex) {
				return wrapInstantiationProblem(context, ex);
			}
			parser.assignCurrentValue(made);
			return made;
		}

		private @Nullable Column nextColumn(JsonParser parser, int place) {
			Column expected = (place < this.places.length) ? this.places[place] : null;
			if (expected == null) {
				parser.nextToken();
			}
			else if (parser.nextName(expected.name())) {
				return expected;
			}
			return (parser.currentToken() == JsonToken.PROPERTY_NAME) ? column(place, parser.currentName()) : null;
		}

		private Column column(int place, String name) {
			Column present = (place < this.places.length) ? this.places[place] : null;
			if (present != null && present.name().getValue().equals(name)) {
				return present;
			}
			Column column = this.known.get(name);
			if (column == null) {
				column = new Column(new SerializedString(name),
						(CreatorProperty) _propertyBasedCreator.findCreatorProperty(name));
				if (this.known.size() < MOST_KNOWN) {
					this.known.put(name, column);
				}
			}
			if (place < this.places.length) {
				this.places[place] = column;
			}
			return column;
		}

		/**
		 * Lets Jackson find out what arguments without a column are.
		 */
		private Object makeWithout(long missing, @Nullable Object[] values, JsonParser parser,
				DeserializationContext context) {
			PropertyValueBuffer buffer = _propertyBasedCreator.startBuilding(parser, context, null);
			for (CreatorProperty argument : this.arguments) {
				if ((missing & (1L << argument.getCreatorIndex())) == 0) {
					buffer.assignParameter(argument, values[argument.getCreatorIndex()]);
				}
			}
			return _propertyBasedCreator.build(context, buffer);
		}

		/**
		 * A column of the rows.
		 *
		 * @param name its name
		 * @param argument the argument that it is, or {@code null} if it is none
		 */
		private record Column(SerializedString name, @Nullable CreatorProperty argument) {
		}

	}

}
