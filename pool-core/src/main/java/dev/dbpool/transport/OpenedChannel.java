package dev.dbpool.transport;

/**
 * What an open channel is used as: one connection, or one that several share.
 */
sealed interface OpenedChannel permits HttpConnection, Http2Connection {

}
