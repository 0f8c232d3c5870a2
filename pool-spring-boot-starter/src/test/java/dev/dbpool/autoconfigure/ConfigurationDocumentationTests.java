package dev.dbpool.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the documentation lists is what there is.
 */
class ConfigurationDocumentationTests {

	private static final Pattern ROW = Pattern.compile("^\\| `(db\\.pools?[\\w.-]*)` \\| (?:`([^`]*)`)? ?\\|.*");

	@Test
	void everyPropertyIsDocumentedWithItsDefault() throws IOException {
		assertThat(documented()).isEqualTo(metadata());
	}

	@Test
	void everyPropertyHasADescription() throws IOException {
		assertThat(properties()).filteredOn((property) -> property.path("name").stringValue().startsWith("db.pool."))
			.hasSize(PoolPropertyNames.all().size())
			.allSatisfy((property) -> assertThat(property.path("description").stringValue("")).endsWith("."));
	}

	@Test
	void everyProfileIsDocumentedWithItsValues() throws IOException {
		List<PoolProfile> profiles = new ArrayList<>();
		Map<PoolProfile, Map<String, String>> documented = new EnumMap<>(PoolProfile.class);
		for (String line : Files.readAllLines(Path.of("..", "docs", "configuration.md"))) {
			String[] cells = line.replace("`", "").split(" *\\| *", -1);
			if (line.startsWith("| property | `low`")) {
				Stream.of(cells).skip(2).filter((id) -> !id.isEmpty()).map(this::profile).forEach(profiles::add);
			}
			else if (cells.length == profiles.size() + 3 && !line.startsWith("|-")) {
				for (int i = 0; i < profiles.size(); i++) {
					if (!cells[i + 2].isEmpty()) {
						documented.computeIfAbsent(profiles.get(i), (profile) -> new HashMap<>())
							.put(cells[1], cells[i + 2]);
					}
				}
			}
		}
		assertThat(profiles).containsExactly(PoolProfile.values());
		assertThat(documented)
			.allSatisfy((profile, values) -> assertThat(values).as(profile.id()).isEqualTo(profile.properties()));
	}

	private PoolProfile profile(String id) {
		return Stream.of(PoolProfile.values()).filter((profile) -> profile.id().equals(id)).findFirst().orElseThrow();
	}

	private static Map<String, String> documented() throws IOException {
		Map<String, String> documented = new TreeMap<>();
		for (String line : Files.readAllLines(Path.of("..", "docs", "configuration.md"))) {
			Matcher row = ROW.matcher(line);
			if (row.matches()) {
				documented.put(row.group(1), (row.group(2) != null) ? row.group(2) : "");
			}
		}
		return documented;
	}

	private static Map<String, String> metadata() throws IOException {
		Map<String, String> metadata = new TreeMap<>();
		for (JsonNode property : properties()) {
			if (!property.path("name").stringValue().startsWith("db.")) {
				continue;
			}
			JsonNode value = property.path("defaultValue");
			JsonNode single = value.isArray() ? value.path(0) : value;
			metadata.put(property.path("name").stringValue(), single.isMissingNode() ? "" : single.asString());
		}
		return metadata;
	}

	private static JsonNode properties() throws IOException {
		Path metadata = Path.of("target", "classes", "META-INF", "spring-configuration-metadata.json");
		return JsonMapper.builder().build().readTree(Files.readString(metadata)).path("properties");
	}

}
