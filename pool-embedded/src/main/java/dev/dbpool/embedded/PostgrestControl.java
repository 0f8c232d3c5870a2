package dev.dbpool.embedded;

/**
 * The control of a PostgREST, as far as it concerns this library alone.
 */
interface PostgrestControl extends ServerControl {

	/**
	 * Returns the port of its admin server.
	 */
	int adminPort();

	/**
	 * Returns whether PostgREST works, with a connection to the database and a schema.
	 */
	boolean answers();

	/**
	 * Makes PostgREST load the schema, and waits for a load that began after this call.
	 */
	void reloadSchemaCache();

}
