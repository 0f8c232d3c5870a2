package dev.dbpool.autoconfigure.activity;

/**
 * What is known of the recent past of the pools.
 *
 * @param statistics counts and durations of operations
 * @param sampler utilization and leaks of the lanes
 */
public record PoolActivity(OperationStatistics statistics, PoolSampler sampler) {

}
