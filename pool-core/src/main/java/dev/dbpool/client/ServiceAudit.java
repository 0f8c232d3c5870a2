package dev.dbpool.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down each operation that bypasses row-level security, to a logger of its own.
 */
final class ServiceAudit {

	static final String LOGGER = "dev.dbpool.audit";

	private static final Logger logger = LoggerFactory.getLogger(LOGGER);

	private ServiceAudit() {
	}

	static void record(Operation operation) {
		if (operation.identity() == Identity.Kind.SERVICE) {
			logger.info("service identity: {} on lane {}", operation.name(), operation.lane().id());
		}
	}

}
