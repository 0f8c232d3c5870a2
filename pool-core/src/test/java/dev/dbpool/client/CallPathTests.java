package dev.dbpool.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.LaunchingConnector;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.MethodEntryEvent;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import com.sun.jdi.request.EventRequestManager;
import com.sun.jdi.request.MethodEntryRequest;
import dev.dbpool.postgrest.Select;
import dev.dbpool.transport.TestServer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Counts the types on the path of a call: those whose code runs between {@code list(…)}
 * and its result, on any thread. The calls run in a JVM of their own under a debugger, on
 * a client that has made others before. A type counts once with those nested in it and
 * its lambdas, so that the number is that of the files to read. Those of the client are
 * explained in {@code docs/call.md}.
 */
@Timeout(60)
@Tag("slow")
class CallPathTests {

	private static final int MOST_TYPES = 38;

	/**
	 * The packages whose types {@code docs/call.md} explains one by one.
	 */
	private static final Pattern EXPLAINED = Pattern.compile("dev\\.dbpool\\.(client|postgrest(\\.\\w+)?)\\.\\w+");

	@Test
	void aCallCrossesFewTypesAndEachIsExplained() throws Exception {
		List<Set<String>> rounds = roundsOf(Calls.class);
		assertThat(Collections.min(rounds, Comparator.comparing(Set::size))).hasSizeLessThanOrEqualTo(MOST_TYPES);
		String page = Files.readString(Path.of("..", "docs", "call.md"));
		String table = page.substring(page.indexOf("## What each type knows"));
		assertThat(rounds).flatMap(Function.identity())
			.filteredOn((type) -> EXPLAINED.matcher(type).matches())
			.as("types that the table of docs/call.md leaves out")
			.allSatisfy((type) -> assertThat(table).contains("`" + ClassUtils.getShortName(type) + "`"));
	}

	private static List<Set<String>> roundsOf(Class<?> calls) throws Exception {
		LaunchingConnector connector = Bootstrap.virtualMachineManager().defaultConnector();
		Map<String, Connector.Argument> arguments = connector.defaultArguments();
		arguments.get("options")
			.setValue("-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp \"" + System.getProperty("java.class.path") + "\"");
		arguments.get("main").setValue(calls.getName());
		VirtualMachine machine = connector.launch(arguments);
		try {
			return watch(machine, calls);
		}
		finally {
			machine.process().destroyForcibly();
			machine.process().waitFor();
		}
	}

	/**
	 * Watches the calls between two marks. Before the first one the machine runs at its
	 * full speed. A pause of the machine adds what finds out that a pool was idle, so the
	 * round of calls with the fewest types counts.
	 */
	private static List<Set<String>> watch(VirtualMachine machine, Class<?> calls) throws InterruptedException {
		EventRequestManager requests = machine.eventRequestManager();
		ClassPrepareRequest marks = requests.createClassPrepareRequest();
		marks.addClassFilter(calls.getName() + "*");
		marks.enable();
		MethodEntryRequest entries = requests.createMethodEntryRequest();
		entries.addClassFilter("dev.dbpool.*");
		entries.addClassExclusionFilter(CallPathTests.class.getName() + "*");
		entries.addClassExclusionFilter(TestServer.class.getName() + "*");
		entries.setSuspendPolicy(EventRequest.SUSPEND_NONE);
		MethodEntryRequest ends = requests.createMethodEntryRequest();
		ends.addClassFilter(calls.getName() + "$Round");
		ends.setSuspendPolicy(EventRequest.SUSPEND_NONE);
		List<Set<String>> rounds = new ArrayList<>();
		Set<String> types = new TreeSet<>();
		while (true) {
			EventSet events = machine.eventQueue().remove();
			for (Event event : events) {
				if (event.request() == ends) {
					rounds.add(types);
					types = new TreeSet<>();
				}
				else if (event instanceof MethodEntryEvent entry && isOfCall(entry.thread())) {
					types.add(entry.method().declaringType().name().replaceFirst("\\$.*", ""));
				}
				else if (event instanceof ClassPrepareEvent mark && mark.referenceType().name().endsWith("Begin")) {
					entries.enable();
					ends.enable();
				}
				else if (event instanceof ClassPrepareEvent mark && mark.referenceType().name().endsWith("End")) {
					return rounds;
				}
				else if (event instanceof VMDisconnectEvent) {
					throw new IllegalStateException("The calls have failed");
				}
			}
			events.resume();
		}
	}

	/**
	 * Returns whether a thread makes calls, rather than looks after the pools.
	 */
	private static boolean isOfCall(ThreadReference thread) {
		return !thread.name().startsWith("dbpool-");
	}

	/**
	 * The calls, in their own JVM. What follows an answer on the event loop has been done
	 * when the next one has arrived.
	 */
	static final class Calls {

		private static final String ROWS = "[{\"id\":1,\"name\":\"a\"}]";

		private static final int WARM_UP = 20;

		private static final int ROUNDS = 5;

		private Calls() {
		}

		public static void main(String[] args) throws IOException {
			try (TestServer server = TestServer.start((request, peer) -> peer
				.send("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: "
						+ ROWS.length() + "\r\n\r\n" + ROWS));
					PooledClient client = PooledClient.builder(server.url(), ApiKeys.withoutAnonKey(null))
						.lane(Lane.READ, (options) -> options.maxConnections(1))
						.listener((outcome) -> {
						})
						.build()) {
				Select select = client.from("cars").select("id,name").eq("id", 1);
				for (int i = 0; i < WARM_UP; i++) {
					select.list(Car.class).block();
				}
				new Begin();
				for (int i = 0; i < ROUNDS; i++) {
					select.list(Car.class).block();
					select.list(Car.class).block();
					Round.ends();
				}
				new End();
			}
		}

		private static final class Begin {

		}

		private static final class Round {

			static void ends() {
			}

		}

		private static final class End {

		}

	}

	record Car(int id, String name) {
	}

}
