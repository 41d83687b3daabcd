import type pg from 'pg';

/**
 * Runs `work` in a transaction on its own connection, and rolls back when `work` throws or `keep` returns false.
 *
 * @param keep decides from the result whether to commit; without it, the transaction always commits
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  keep: (result: T) => boolean = () => true,
): Promise<T> {
  const client = await pool.connect();
  // A broken connection fails the running statement. Without a listener it would end the process too.
  const ignore = () => undefined;
  client.on('error', ignore);
  let isBroken = false;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query(keep(result) ? 'COMMIT' : 'ROLLBACK');
    return result;
  } catch (error) {
    // The connection hangs, or is still in the transaction: nobody may use it again.
    await client.query('ROLLBACK').catch(() => (isBroken = true));
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(isBroken);
  }
}
