package dev.dbpool.postgrest;

import java.io.Serializable;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import dev.dbpool.postgrest.value.Names;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.introspect.ClassIntrospector;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.BridgeMethodResolver;
import org.springframework.util.ReflectionUtils;

/**
 * Names of columns by the properties that they are read into, so that the compiler knows
 * them: {@code eq(column(Car::ownerId), 7)}.
 * <p>
 * The name is the one that Jackson reads and writes: that of {@code @JsonProperty} if
 * there is one, else that of the record's component or the bean's property, as the naming
 * strategy of the mapper or of {@code @JsonNaming} writes it. {@link #column} knows the
 * annotations alone; an application whose mapper has a strategy of its own, such as snake
 * case, takes {@link #by(JsonMapper)}. A name that would be read as a path, such as
 * {@code a.b}, comes in double quotes.
 */
public final class Columns {

	private static final Columns DEFAULT = new Columns(JsonMapper.builder().build());

	private final JsonMapper mapper;

	private final Map<Accessor, String> names = new ConcurrentHashMap<>();

	private Columns(JsonMapper mapper) {
		this.mapper = mapper;
	}

	/**
	 * The column of a property.
	 * @param <T> the type of the record or bean
	 * @param property a method reference such as {@code Car::ownerId}
	 * @return the column's name
	 * @throws IllegalArgumentException when this is no reference to a property
	 */
	public static <T> String column(Property<T> property) {
		return DEFAULT.name(property);
	}

	/**
	 * A column by its bare name, whatever characters it holds: dots and arrows in it are
	 * no paths.
	 * @param name the name as the database has it
	 * @return the column as filters, orders and selections read it
	 * @throws IllegalArgumentException when the name is blank
	 */
	public static String quoted(String name) {
		return Names.quote(Names.requireText(name, "column"));
	}

	/**
	 * Names of columns as a mapper writes them.
	 * @param mapper the mapper, such as the application's
	 * @return the names
	 */
	public static Columns by(JsonMapper mapper) {
		return new Columns(mapper);
	}

	/**
	 * The column of a property.
	 * @param <T> the type of the record or bean
	 * @param property a method reference such as {@code Car::ownerId}
	 * @return the column's name
	 * @throws IllegalArgumentException when this is no reference to a property
	 */
	public <T> String name(Property<T> property) {
		return this.names.computeIfAbsent(accessor(property), this::name);
	}

	private String name(Accessor referred) {
		Method accessor = referred.method();
		SerializationConfig config = this.mapper.serializationConfig();
		JavaType type = this.mapper.constructType(referred.type());
		ClassIntrospector introspector = config.classIntrospectorInstance().forOperation(config);
		return introspector.introspectForSerialization(type, introspector.introspectClassAnnotations(type))
			.findProperties()
			.stream()
			.filter((property) -> property.getAccessor() != null && accessor.equals(property.getAccessor().getMember())
					|| property.getInternalName().equals(accessor.getName()))
			.map(BeanPropertyDefinition::getName)
			.map(Columns::bare)
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException(
					accessor + " is no property that Jackson knows: refer to a record's component or to a getter"));
	}

	private static String bare(String name) {
		return (name.contains(".") || name.contains("->") || name.contains("\"")) ? quoted(name) : name;
	}

	private static Accessor accessor(Property<?> property) {
		SerializedLambda reference = serialized(property);
		String name = reference.getImplMethodName();
		Class<?> type = MethodType
			.fromMethodDescriptorString(reference.getInstantiatedMethodType(), property.getClass().getClassLoader())
			.parameterType(0);
		Method method = ReflectionUtils.findMethod(type, name);
		if (method == null || name.startsWith("lambda$")) {
			throw new IllegalArgumentException(
					"A column is named by a method reference such as Car::ownerId, not by a lambda expression");
		}
		return new Accessor(type, BridgeMethodResolver.findBridgedMethod(method));
	}

	/**
	 * Asks a lambda for what it was made of, as Java's serialization does.
	 */
	private static SerializedLambda serialized(Property<?> property) {
		try {
			Method writeReplace = property.getClass().getDeclaredMethod("writeReplace");
			ReflectionUtils.makeAccessible(writeReplace);
			return (SerializedLambda) writeReplace.invoke(property);
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			throw new IllegalArgumentException("A column is named by a method reference such as Car::ownerId,"
					+ " in a package that is open to reflection", ex);
		}
	}

	/**
	 * A method, and the type on which it is called, which may inherit it and have
	 * annotations of its own.
	 *
	 * @param type the type
	 * @param method the method
	 */
	private record Accessor(Class<?> type, Method method) {
	}

	/**
	 * A reference to a property.
	 *
	 * @param <T> the type of the record or bean
	 */
	@FunctionalInterface
	public interface Property<T> extends Function<T, Object>, Serializable {

	}

}
