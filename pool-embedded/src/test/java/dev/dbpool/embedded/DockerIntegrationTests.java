package dev.dbpool.embedded;

import dev.dbpool.embedded.junit.PostgrestExtension;
import org.junit.platform.suite.api.ConfigurationParameter;
import org.junit.platform.suite.api.SelectClasses;
import org.junit.platform.suite.api.Suite;

/**
 * Runs the tests of embedded servers once more, on the same servers in Docker. Without a
 * Docker engine they are skipped.
 */
@Suite(failIfNoTests = false)
@SelectClasses({ PostgrestServerIntegrationTests.class, ServerControlIntegrationTests.class })
@ConfigurationParameter(key = PostgrestExtension.DOCKER_PARAMETER, value = "if-available")
class DockerIntegrationTests {

}
