package dev.dbpool;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.platform.suite.api.ConfigurationParameter;
import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeEngines;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/**
 * Runs the integration tests of the clients once more, on the same servers in Docker.
 * Without a Docker engine they are skipped.
 */
@Suite(failIfNoTests = false)
@IncludeEngines("junit-jupiter")
@SelectPackages({ "dev.dbpool.client", "dev.dbpool.postgrest" })
@IncludeClassNamePatterns(".*IntegrationTests")
@ConfigurationParameter(key = PostgrestExtension.DOCKER_PARAMETER, value = "if-available")
class DockerIntegrationTests {

}
