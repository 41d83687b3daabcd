import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../src/db/connection.js';

/** A kind of SQL statement, and the lock that blocks it. */
interface GateSpec {
  readonly lock: string;
  /** A PostgreSQL regular expression that matches the blocked statement. */
  readonly waiting: string;
}

const GATES = {
  claim: { lock: 'model_calls IN EXCLUSIVE MODE', waiting: 'claim_call' },
  store: { lock: 'model_turns IN EXCLUSIVE MODE', waiting: 'store_answer' },
  edit: { lock: 'call_results IN EXCLUSIVE MODE', waiting: 'INTO call_results' },
  result: { lock: 'call_results IN EXCLUSIVE MODE', waiting: 'INTO call_results' },
  mcp: { lock: 'call_results IN EXCLUSIVE MODE', waiting: 'INTO call_results' },
  apply: { lock: 'attempts IN EXCLUSIVE MODE', waiting: 'INTO attempts' },
  verdict: { lock: 'test_results IN EXCLUSIVE MODE', waiting: 'INTO test_results' },
  landing: { lock: 'attempts IN EXCLUSIVE MODE', waiting: 'land_tasks' },
  // The branch has moved in the user's repository, and the activity has not ended.
  publish: { lock: 'blockers IN ACCESS EXCLUSIVE MODE', waiting: 'resolve_blocker.*no longer needs' },
  report: { lock: 'events IN EXCLUSIVE MODE', waiting: 'move_run' },
} as const satisfies Record<string, GateSpec>;
export type GateName = keyof typeof GATES;

/** A query takes a millisecond, and the blocked statement does not move meanwhile. */
const POLL_MS = 20;
/**
 * Limit for acquiring the gate's own lock. A statement that was let through may need a row held by a later statement that
 * waits for the gate: a deadlock. The limit is below PostgreSQL's deadlock_timeout of one second, after which it would
 * abort one of them.
 */
const LOCK_TIMEOUT = '300ms';
/** PostgreSQL's lock_not_available. */
const TIMED_OUT = '55P03';

/**
 * Blocks one statement in the database, so that a fault hits at exactly that point: the work before the statement is
 * done, and the record does not have it yet.
 */
export class StatementGate {
  private constructor(
    private readonly client: pg.Client,
    private readonly spec: GateSpec,
  ) {}

  /** Resolves once a statement of that kind is blocked. */
  static async blockOne(databaseUrl: string, name: GateName, signal: AbortSignal): Promise<StatementGate> {
    const gate = new StatementGate(await connect(databaseUrl), GATES[name]);
    try {
      await gate.client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
      while (!(await gate.tryToBlock(signal))) await gate.client.query('ROLLBACK');
      return gate;
    } catch (error) {
      await gate.release({ lost: false });
      throw error;
    }
  }

  /** Releases the statement or, with `lost`, terminates its connection, as a network failure would. */
  async release({ lost }: { readonly lost: boolean }): Promise<void> {
    try {
      if (lost) await this.findWaiting('pg_terminate_backend(pid)');
    } catch {
      // The database itself was killed, and the lock and the statement with it.
    }
    await this.client.end().catch(() => undefined);
  }

  /**
   * Holds the lock until a statement of that kind is blocked (true) or only other statements are (false). Those others
   * must be let through, because the wanted statement may depend on them.
   */
  private async tryToBlock(signal: AbortSignal): Promise<boolean> {
    if (!(await this.lock())) return false;
    for (;;) {
      signal.throwIfAborted();
      // In this order: otherwise a wanted statement that arrives between the two queries would be let through.
      const others = await this.blocksOthers();
      if ((await this.findWaiting('pid')) > 0) return true;
      if (others) return false;
      await delay(POLL_MS);
    }
  }

  private async lock(): Promise<boolean> {
    await this.client.query('BEGIN');
    try {
      await this.client.query(`LOCK TABLE ${this.spec.lock}`);
      return true;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === TIMED_OUT) return false;
      throw error;
    }
  }

  private async blocksOthers(): Promise<boolean> {
    const found = await this.client.query(
      'SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1',
    );
    return found.rowCount !== 0;
  }

  /** The number of blocked statements of that kind. */
  private async findWaiting(at: 'pid' | 'pg_terminate_backend(pid)'): Promise<number> {
    // Within a transaction, pg_stat_activity keeps its first snapshot unless it is cleared.
    await this.client.query('SELECT pg_stat_clear_snapshot()');
    const found = await this.client.query(`SELECT ${at} ${WAITING}`, [this.spec.waiting]);
    return found.rowCount ?? 0;
  }
}

const WAITING = `FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND wait_event_type = 'Lock' AND query ~ $1`;
