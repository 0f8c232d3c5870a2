package dev.dbpool.autoconfigure.alert;

/**
 * Passes alerts on, such as by mail or to a pager. Beans of this type are called one
 * after the other on a thread of their own, in the order of the alerts: they may block,
 * and what they throw is logged. While one is slow, up to 100 alerts wait for it; further
 * ones are dropped with a line in the log.
 */
@FunctionalInterface
public interface AlertNotifier {

	/**
	 * Passes an alert on.
	 * @param alert the alert
	 * @throws Exception if that failed; it is not tried again
	 */
	void notify(PoolAlert alert) throws Exception;

}
