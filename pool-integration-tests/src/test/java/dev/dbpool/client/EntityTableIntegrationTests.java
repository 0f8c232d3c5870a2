package dev.dbpool.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.dbpool.postgrest.Count;
import dev.dbpool.postgrest.Page;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.function.Tuple2;

import org.springframework.dao.DuplicateKeyException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Everyday work with one table, on a real server.
 */
class EntityTableIntegrationTests extends ClientTestSupport {

	private EntityTable<Member> members;

	private BlockingEntityTable<Member> blockingMembers;

	private EntityTable<Car> cars;

	@BeforeEach
	void emptyTable() {
		PooledClient client = client();
		client.from("members").delete().all().execute().block();
		this.members = client.table("members", Member.class).identifiedBy("email");
		this.blockingMembers = client.blocking().table("members", Member.class).identifiedBy("email");
		this.cars = client.table("cars", Car.class);
	}

	@Test
	void rowsAreFoundById() {
		assertThat(this.cars.get(4).block()).extracting(Car::make).isEqualTo("VW");
		assertThat(this.cars.get(-1).blockOptional()).isEmpty();
		assertThat(this.cars.getAll(List.of(1, 2, -1)).block()).extracting(Car::id).containsExactlyInAnyOrder(1L, 2L);
		assertThat(this.cars.exists(4).block()).isTrue();
		assertThat(this.cars.exists(-1).block()).isFalse();
	}

	@Test
	void batchedReadsGiveEachCallerItsRow() {
		EntityTable<Car> batched = this.cars.batched();
		Map<Integer, Optional<Car>> found = Flux.range(4_951, 100)
			.flatMap((id) -> Mono.zip(Mono.just(id), batched.get(id).singleOptional()), 100)
			.collectMap(Tuple2::getT1, Tuple2::getT2)
			.block();
		assertThat(found).hasSize(100).allSatisfy((id, car) -> {
			assertThat(car.map(Car::id)).isEqualTo((id <= 5_000) ? Optional.of((long) id) : Optional.empty());
		});
		assertThat(this.outcomes).filteredOn((outcome) -> outcome.operation().name().equals("GET /cars"))
			.hasSizeBetween(2, 6);
	}

	@Test
	void batchedReadsOfAnEmptyTableAreEmpty() {
		PooledClient client = client();
		EntityTable<User> users = client.table("users", User.class).batched();
		assertThat(users.get(-1).blockOptional()).isEmpty();
		assertThat(client.blocking().table("users", User.class).batched().get(-1)).isEmpty();
	}

	@Test
	void batchedReadsOfTextsGiveEachCallerItsRow() {
		List<String> ids = List.of("a,b", "A,B", "\"quoted\"", "(x)", "é", "7", "07", "null", "missing");
		ids.stream()
			.filter((id) -> !id.equals("missing"))
			.forEach((id) -> this.members.create(new Member(id, id, 0, List.of())).block());
		EntityTable<Member> batched = this.members.batched();
		List<Optional<Member>> found = Flux.fromIterable(ids)
			.flatMapSequential((id) -> batched.get(id).singleOptional(), ids.size())
			.collectList()
			.block();
		assertThat(found).extracting((member) -> member.map(Member::email).orElse("missing"))
			.containsExactlyElementsOf(ids);
	}

	@Test
	void batchedReadsIsolateAnIdThatTheDatabaseRefuses() {
		EntityTable<Car> batched = this.cars.batched();
		List<String> found = Flux.just("1", "2", "x", "3")
			.flatMapSequential((id) -> batched.get(id).map(Car::make).onErrorResume((failure) -> Mono.just("error")), 4)
			.collectList()
			.block();
		assertThat(found).containsExactly("Fiat", "VW", "error", "Fiat");
	}

	@Test
	void batchedReadsOfUsersAreNotMixed() {
		String a = "00000000-0000-0000-0000-00000000000a";
		String b = "00000000-0000-0000-0000-00000000000b";
		List<EntityTable<Note>> notes = Stream.of(a, b)
			.map((user) -> client().asUser(server().userToken(user)).table("notes", Note.class).batched())
			.toList();
		List<List<String>> owners = Flux.fromIterable(notes)
			.flatMapSequential((
					table) -> Flux.range(1, 20).flatMap((i) -> table.get(1 + i % 2), 20).map(Note::owner).collectList())
			.collectList()
			.block();
		assertThat(owners.get(0)).hasSize(10).containsOnly(a);
		assertThat(owners.get(1)).hasSize(10).containsOnly(b);
	}

	@Test
	void textsThatCannotBeStoredSelectNoOtherRow() {
		Member alice = new Member("alice", "Alice", 0, List.of());
		Member question = new Member("?", "Question", 0, List.of());
		this.members.createAll(List.of(alice, question)).block();
		for (String id : List.of("alice\0x", "\ud83d")) {
			for (ThrowingCallable use : List.<ThrowingCallable>of(() -> this.members.get(id).block(),
					() -> this.members.getAll(List.of(id)).block(), () -> this.members.exists(id).block(),
					() -> this.members.delete(id).block(), () -> this.members.update(id, Map.of("visits", 1)).block(),
					() -> this.members.find((query) -> query.eq("email", id)).block(),
					() -> this.blockingMembers.get(id), () -> this.blockingMembers.delete(id))) {
				assertThatIllegalArgumentException().isThrownBy(use).withMessageContaining("'email'");
			}
			assertThatIllegalArgumentException().isThrownBy(() -> this.members.findLike(Map.of("email", id)).block())
				.withMessageContaining("/email");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> this.members.create(new Member(id, "x", 0, List.of())).block())
				.withMessageContaining("/email");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> this.members.update("alice", Map.of("full_name", id)).block())
				.withMessageContaining("/full_name");
		}
		assertThat(this.members.find((query) -> query.order("email")).block()).containsExactly(question, alice);
	}

	@Test
	void aRowIsCreatedChangedAndDeleted() {
		Member created = this.members.create(new Member("a@b.example", "Ada", null, List.of("x", "y,z"))).block();
		assertThat(created).isEqualTo(new Member("a@b.example", "Ada", 0, List.of("x", "y,z")));
		assertThat(this.members.update("a@b.example", Map.of("visits", 3)).block()).extracting(Member::visits)
			.isEqualTo(3);
		assertThat(this.members.update("unknown", Map.of("visits", 3)).blockOptional()).isEmpty();
		assertThat(this.members.delete("a@b.example").block()).isTrue();
		assertThat(this.members.delete("a@b.example").block()).isFalse();
		assertThat(this.members.count().block()).isZero();
	}

	@Test
	void rowsAreCreatedAllOrNone() {
		Member ada = new Member("ada", "Ada", 1, List.of());
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(this.members.createAll(List.of(ada, ada))::block);
		assertThat(this.members.count().block()).isZero();
		assertThat(this.members.createAll(List.of(ada, new Member("bob", "Bob", 2, List.of()))).block()).hasSize(2);
	}

	@Test
	void anExampleMatchesInEachOfItsValues() {
		this.members.createAll(List.of(new Member("ada", "Ada", 1, List.of("x", "y,z")),
				new Member("bob", "Bob", 1, List.of()), new Member("eve", "Ada", 2, List.of())))
			.block();
		assertThat(this.members.findLike(new Member(null, "Ada", 1, null)).block()).extracting(Member::email)
			.containsExactly("ada");
		assertThat(this.members.findLike(Map.of("tags", List.of("x", "y,z"))).block()).extracting(Member::email)
			.containsExactly("ada");
		assertThat(this.members.findLike(Map.of()).block()).hasSize(3);
		assertThat(this.blockingMembers.findLike(new Member(null, "Bob", null, null))).extracting(Member::email)
			.containsExactly("bob");
		assertThatIllegalArgumentException().isThrownBy(this.members.findLike(7)::block)
			.withMessageContaining("is no row");
	}

	@Test
	void rowsThatLeaveOutDifferentColumnsAreCreatedTogether() {
		List<Member> rows = List.of(new Member("ada", "Ada", null, null), new Member("bob", "Bob", 2, List.of("x")));
		assertThat(this.members.createAll(rows).block()).containsExactly(new Member("ada", "Ada", 0, List.of()),
				rows.get(1));
		assertThat(this.blockingMembers
			.createAll(List.of(new Member("eve", "Eve", 3, null), new Member("fay", "Fay", null, null))))
			.extracting(Member::visits)
			.containsExactly(3, 0);
	}

	@Test
	void anExampleHasTheValuesThatWereStored() {
		client().from("files").delete().all().execute().block();
		EntityTable<Document> files = client().table("files", Document.class).identifiedBy("name");
		files
			.createAll(List.of(
					new Document("a", new byte[] { 0, -1, 92 }, Kind.PLAIN_TEXT, Duration.ofMinutes(90),
							List.of(Map.of("n", 1))),
					new Document("b", new byte[] { 1 }, Kind.IMAGE, Duration.ofMinutes(1), List.of(Map.of("n", 2)))))
			.block();
		assertThat(files.findLike(Map.of("content", new byte[] { 0, -1, 92 })).block()).extracting(Document::name)
			.containsExactly("a");
		assertThat(files.findLike(new Document(null, null, Kind.PLAIN_TEXT, null, null)).block())
			.extracting(Document::name)
			.containsExactly("a");
		assertThat(files.findLike(new Document(null, null, null, Duration.ofMinutes(90), null)).block())
			.extracting(Document::name)
			.containsExactly("a");
		assertThat(files.findLike(new Document(null, null, null, null, List.of(Map.of("n", 2)))).block())
			.extracting(Document::name)
			.containsExactly("b");
		assertThat(files.find((query) -> query.eq("kind", Kind.PLAIN_TEXT)).block()).extracting(Document::name)
			.containsExactly("a");
		assertThat(files.find((query) -> query.in("kind", List.of(Kind.values()))).block()).hasSize(2);
	}

	@Test
	void queriesAreFilteredOrderedAndPaged() {
		assertThat(this.cars.find((query) -> query.eq("make", "VW").order("id").limit(2)).block()).extracting(Car::id)
			.containsExactly(2L, 4L);
		Page<Car> page = this.cars.search((query) -> query.eq("make", "VW").order("make"), 1, 10).block();
		assertThat(page.rows()).extracting(Car::id).startsWith(22L).hasSize(10);
		assertThat(page.total()).isEqualTo(2_500);
		assertThat(page.hasNext()).isTrue();
		assertThat(this.cars.search((query) -> query, 500, 10).block().rows()).isEmpty();
		assertThat(this.cars.count((query) -> query.eq("make", "Fiat")).block()).isEqualTo(2_500);
		assertThat(this.cars.existsAny((query) -> query.eq("make", "Lada")).block()).isFalse();
		assertThat(this.cars.stream((query) -> query.order("id")).skip(4_999).blockLast().id()).isEqualTo(5_000);
	}

	@Test
	void rowsAreFoundByACompositeKey() {
		PooledClient client = client();
		client.from("order_lines").delete().all().execute().block();
		EntityTable<Line> lines = client.table("order_lines", Line.class).identifiedBy("order_id", "line no");
		BlockingEntityTable<Line> blocking = client.blocking()
			.table("order_lines", Line.class)
			.identifiedBy("order_id", "line no");
		Line first = new Line(1L, 1, "bolt");
		assertThat(lines.create(first).block()).isEqualTo(first);
		assertThat(lines.createAll(List.of(new Line(1L, 2, "nut"), new Line(2L, 1, "nut"))).block()).hasSize(2);
		assertThat(lines.get(List.of(1, 2)).block()).isEqualTo(new Line(1L, 2, "nut"));
		assertThat(blocking.get(first)).contains(first);
		assertThat(blocking.get(Map.of("order_id", 3, "line no", 1))).isEmpty();
		assertThat(lines.getAll(List.of(List.of(1, 1), Map.of("line no", 1, "order_id", 2), List.of(9, 9))).block())
			.extracting(Line::orderId)
			.containsExactlyInAnyOrder(1L, 2L);
		assertThat(blocking.getAll(List.of())).isEmpty();
		assertThat(blocking.update(List.of(1, 2), Map.of("item", "screw"))).contains(new Line(1L, 2, "screw"));
		assertThat(lines.find((query) -> query.eq("item", "screw")).block()).hasSize(1);
		assertThat(lines.search((query) -> query, 1, 2).block().rows()).containsExactly(new Line(2L, 1, "nut"));
		assertThat(lines.exists(List.of(1, 2)).block()).isTrue();
		assertThat(lines.delete(List.of(1, 2)).block()).isTrue();
		assertThat(blocking.delete(new Object[] { 1, 2 })).isFalse();
		assertThat(lines.count().block()).isEqualTo(2);
	}

	@Test
	void anIdThatDoesNotFitTheKeyIsRefused() {
		EntityTable<Line> lines = client().table("order_lines", Line.class).identifiedBy("order_id", "line no");
		assertThatIllegalArgumentException().isThrownBy(() -> lines.get(7)).withMessageContaining("order_id");
		assertThatIllegalArgumentException().isThrownBy(() -> lines.get(List.of(7)));
		assertThatIllegalArgumentException().isThrownBy(() -> lines.delete(Map.of("order_id", 7)))
			.withMessageContaining("line no");
		assertThatIllegalArgumentException().isThrownBy(() -> lines.identifiedBy("a", "a"));
	}

	@Test
	void aRowWhoseIdIsNullGetsOneFromTheDatabase() {
		EntityTable<Order> orders = client().table("orders", Order.class);
		Order created = orders.create(new Order(null, 1L, "plain")).block();
		assertThat(created.id()).isNotNull();
		assertThat(orders.createAll(List.of(new Order(null, 1L, "a"), new Order(null, 2L, "b"))).block())
			.extracting(Order::id)
			.doesNotContainNull();
		assertThat(client().blocking().table("orders", Order.class).create(new Order(null, 1L, "c")).id()).isNotNull();
	}

	@Test
	void theCountOfAPageCanBeChosen() {
		assertThat(this.cars.search((query) -> query.eq("make", "VW"), 0, 10, Count.ESTIMATED).block())
			.satisfies((page) -> {
				assertThat(page.rows()).hasSize(10);
				assertThat(page.total()).isPositive();
			});
		assertThat(this.cars.count((query) -> query.eq("make", "VW"), Count.PLANNED).block()).isPositive();
		assertThat(this.blockingMembers.search((query) -> query, 0, 10, Count.EXACT).total()).isZero();
		assertThat(this.blockingMembers.count((query) -> query, Count.EXACT)).isZero();
	}

	@Test
	void theBlockingTwinDoesTheSame() {
		assertThat(this.blockingMembers.create(new Member("ada", "Ada", 1, List.of())).fullName()).isEqualTo("Ada");
		assertThat(this.blockingMembers.createAll(List.of(new Member("bob", "Bob", 2, List.of())))).hasSize(1);
		assertThat(this.blockingMembers.get("ada")).isPresent();
		assertThat(this.blockingMembers.getAll(List.of("ada", "bob", "eve"))).hasSize(2);
		assertThat(this.blockingMembers.update("bob", Map.of("visits", 9))).get()
			.extracting(Member::visits)
			.isEqualTo(9);
		assertThat(this.blockingMembers.find((query) -> query.gt("visits", 5))).hasSize(1);
		assertThat(this.blockingMembers.search((query) -> query, 0, 1).total()).isEqualTo(2);
		assertThat(this.blockingMembers.count((query) -> query.eq("visits", 9))).isEqualTo(1);
		assertThat(this.blockingMembers.exists("ada")).isTrue();
		assertThat(this.blockingMembers.existsAny((query) -> query.eq("visits", 4))).isFalse();
		try (Stream<Member> rows = this.blockingMembers.stream((query) -> query.order("email"))) {
			assertThat(rows).extracting(Member::email).containsExactly("ada", "bob");
		}
		assertThat(this.blockingMembers.delete("ada")).isTrue();
		assertThat(this.blockingMembers.get("ada")).isEmpty();
		assertThat(this.blockingMembers.count()).isEqualTo(1);
	}

	@Test
	void theSampleOfTheDocumentationRuns() {
		PooledClient client = client();
		client.from("users").delete().all().execute().block();
		client.from("users")
			.insert(List.of(new User(7L, "Ada", "London"), new User(8L, "Ada", "Paris")))
			.execute()
			.block();
		EntityTable<User> users = client.table("users", User.class);
		Mono<User> user = users.get(7);
		Mono<List<User>> namesakes = users.find((query) -> query.eq("name", "Ada").order("id").limit(10));
		Mono<List<User>> alike = users.findLike(new User(null, "Ada", "London"));
		Mono<Page<User>> page = users.search((query) -> query.ilike("name", "a*").order("name"), 0, 20);
		Mono<User> created = users.create(new User(null, "Grace", "New York"));
		Mono<User> changed = users.update(7, Map.of("city", "Oslo"));
		Mono<Boolean> deleted = users.delete(8);
		Mono<Long> count = users.count();
		Mono<Boolean> exists = users.exists(7);
		assertThat(user.block()).isEqualTo(new User(7L, "Ada", "London"));
		assertThat(namesakes.block()).hasSize(2);
		assertThat(alike.block()).extracting(User::id).containsExactly(7L);
		assertThat(page.block().total()).isEqualTo(2);
		assertThat(created.block().id()).isNotNull();
		assertThat(changed.block().city()).isEqualTo("Oslo");
		assertThat(deleted.block()).isTrue();
		assertThat(count.block()).isEqualTo(2);
		assertThat(exists.block()).isTrue();
	}

	enum Kind {

		@JsonProperty("plain text")
		PLAIN_TEXT, IMAGE

	}

	@JsonInclude(JsonInclude.Include.NON_NULL)
	record Document(String name, byte[] content, Kind kind, Duration took, List<Map<String, Object>> pages) {

	}

	@JsonInclude(JsonInclude.Include.NON_NULL)
	record User(Long id, String name, String city) {

	}

	@JsonInclude(JsonInclude.Include.NON_NULL)
	record Member(String email, @JsonProperty("full_name") String fullName, Integer visits, List<String> tags) {

	}

	record Order(Long id, @JsonProperty("car_id") Long carId, String reference) {

	}

	record Line(@JsonProperty("order_id") Long orderId, @JsonProperty("line no") Integer line, String item) {

	}

}
