package dev.dbpool.benchmark;

/**
 * What was measured of one client in one round.
 *
 * @param perSecond answers per second
 * @param p50Millis median latency
 * @param p99Millis 99th percentile of latency
 * @param cpuMicros processor time of the Java threads per answer
 * @param allocatedBytes memory allocated by them per answer
 * @param failures requests that failed or got the wrong rows
 */
record Round(double perSecond, double p50Millis, double p99Millis, double cpuMicros, double allocatedBytes,
		long failures) {

}
