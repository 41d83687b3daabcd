import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../src/db/connection.js';

/** A kind of statement, and the lock that keeps it waiting. */
interface GateSpec {
  readonly lock: string;
  /** What the waiting statement looks like (a regular expression of PostgreSQL's). */
  readonly waiting: string;
}

const GATES = {
  claim: { lock: 'model_calls IN EXCLUSIVE MODE', waiting: 'claim_call' },
  store: { lock: 'model_turns IN EXCLUSIVE MODE', waiting: 'store_answer' },
  apply: { lock: 'attempts IN EXCLUSIVE MODE', waiting: 'INTO attempts' },
  verdict: { lock: 'test_results IN EXCLUSIVE MODE', waiting: 'INTO test_results' },
  landing: { lock: 'attempts IN EXCLUSIVE MODE', waiting: 'land_tasks' },
  // The branch has moved in the user's repository, and the activity has not ended.
  publish: { lock: 'blockers IN ACCESS EXCLUSIVE MODE', waiting: 'resolve_blocker.*no longer needs' },
  report: { lock: 'events IN EXCLUSIVE MODE', waiting: 'move_run' },
} as const satisfies Record<string, GateSpec>;
export type GateName = keyof typeof GATES;

/** A look costs a millisecond, and nothing moves meanwhile. */
const LOOK_MS = 20;
/**
 * How long the gate waits for its own lock, behind what it let through: that may want a row of something that came
 * after and waits for the gate. Below the second after which PostgreSQL ends one of them.
 */
const LOCK_TIMEOUT = '300ms';
/** PostgreSQL's lock_not_available. */
const TIMED_OUT = '55P03';

/**
 * A statement that is kept waiting in the database, so that a kill meets a step at exactly that point: what comes
 * before it is done, and the record does not say so yet.
 */
export class Gate {
  private constructor(
    private readonly client: pg.Client,
    private readonly spec: GateSpec,
  ) {}

  /** Resolves when a statement of that kind waits. */
  static async catchOne(databaseUrl: string, name: GateName, signal: AbortSignal): Promise<Gate> {
    const gate = new Gate(await connect(databaseUrl), GATES[name]);
    try {
      await gate.client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
      while (!(await gate.tryToCatch(signal))) await gate.client.query('ROLLBACK');
      return gate;
    } catch (error) {
      await gate.open({ lost: false });
      throw error;
    }
  }

  /** Lets the statement through or, with `lost`, takes it away, as a connection that broke does. */
  async open({ lost }: { readonly lost: boolean }): Promise<void> {
    try {
      if (lost) await this.look('pg_terminate_backend(pid)');
    } catch {
      // The database was the victim: with it the lock and the statement are gone.
    }
    await this.client.end().catch(() => undefined);
  }

  /**
   * Shut until such a statement waits: true. Or until others do, which it may be behind: they are let through, and
   * whatever comes meanwhile waits behind the next try.
   */
  private async tryToCatch(signal: AbortSignal): Promise<boolean> {
    if (!(await this.shut())) return false;
    for (;;) {
      signal.throwIfAborted();
      // In this order: what is seen to wait, and is not of that kind, may go.
      const others = await this.holdsUpOthers();
      if ((await this.look('pid')) > 0) return true;
      if (others) return false;
      await delay(LOOK_MS);
    }
  }

  private async shut(): Promise<boolean> {
    await this.client.query('BEGIN');
    try {
      await this.client.query(`LOCK TABLE ${this.spec.lock}`);
      return true;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === TIMED_OUT) return false;
      throw error;
    }
  }

  private async holdsUpOthers(): Promise<boolean> {
    const found = await this.client.query(
      'SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1',
    );
    return found.rowCount !== 0;
  }

  /** How many statements of that kind wait. */
  private async look(at: 'pid' | 'pg_terminate_backend(pid)'): Promise<number> {
    // Within a transaction the activity is shown as it was when it was first looked at.
    await this.client.query('SELECT pg_stat_clear_snapshot()');
    const found = await this.client.query(`SELECT ${at} ${WAITING}`, [this.spec.waiting]);
    return found.rowCount ?? 0;
  }
}

const WAITING = `FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND wait_event_type = 'Lock' AND query ~ $1`;
