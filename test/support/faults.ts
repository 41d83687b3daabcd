/** Activity contexts whose database fails at a statement that the test chooses. */
import pg from 'pg';
import type { ActivityContext } from '../../src/activities/support/activity-context.js';
import type { Database } from '../../src/db/database.js';

type Query = (...given: readonly unknown[]) => Promise<unknown>;

/** The text of a query, which is given by itself or in an object with its name. */
export function textOf([query]: readonly unknown[]): string {
  return typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : String(query);
}

/** Wraps every query of the context's connection pool with `through`. */
function withQueries(context: ActivityContext, through: (query: Query) => Query): ActivityContext {
  const { pool } = context.db;
  const query: Query = through(async (...given) => {
    const result: unknown = await Reflect.apply(pool.query.bind(pool), pool, given);
    return result;
  });
  const faulty = new Proxy(pool, {
    get: (target, name) => (name === 'query' ? query : (Reflect.get(target, name, target) as unknown)),
  });
  const db: Database = { ...context.db, pool: faulty };
  return { ...context, db };
}

/**
 * A worker that is killed at its `at`-th statement, or at the first that contains the text `at`: before the statement, or
 * after it and before its result arrives.
 */
export function killedAt(context: ActivityContext, at: number | string, when: 'before' | 'after') {
  let statements = 0;
  let isDead = false;
  let die: () => void = () => undefined;
  const dead = new Promise<'dead'>((resolve) => {
    die = () => resolve('dead');
  });
  const forEver = () => {
    die();
    return new Promise<unknown>(() => undefined);
  };
  const killed = withQueries(context, (query) => async (...given) => {
    statements++;
    const wasDead = isDead;
    isDead ||= typeof at === 'number' ? statements === at : textOf(given).includes(at);
    if (wasDead || (isDead && when === 'before')) return forEver();
    const result = await query(...given);
    return isDead ? forEver() : result;
  });
  return { context: killed, dead };
}

/** What a database fails with that has ended, and one that another one has replaced. */
export const AWAY = {
  ended: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  replaced: Object.assign(
    new pg.DatabaseError('cannot execute UPDATE in a read-only transaction', 0, 'error'),
    { code: '25006' },
  ),
  diskFails: Object.assign(new pg.DatabaseError('could not extend file: Input/output error', 0, 'error'), {
    code: '58030',
  }),
} as const;

/** What a database fails with whose file is damaged. */
export const DAMAGED = Object.assign(new pg.DatabaseError('invalid page in block 7', 0, 'error'), {
  code: 'XX001',
});

/** A worker whose database is unavailable for the first `times` statements that contain `text`. */
export function awayAt(
  context: ActivityContext,
  text: string,
  times: number,
  error: Error = AWAY.ended,
): ActivityContext {
  return withQueries(context, (query) => async (...given) => {
    if (times > 0 && textOf(given).includes(text)) {
      times--;
      throw error;
    }
    return query(...given);
  });
}

/** A worker for which `then` runs after its first statement that contains `text`, before it receives the result. */
export function thenAt(context: ActivityContext, text: string, then: () => unknown): ActivityContext {
  let done = false;
  return withQueries(context, (query) => async (...given) => {
    const result = await query(...given);
    if (done || !textOf(given).includes(text)) return result;
    done = true;
    await then();
    return result;
  });
}

/** A worker whose statements that contain `text` always fail. */
export function failingAt(context: ActivityContext, text: string): ActivityContext {
  return withQueries(context, (query) => async (...given) => {
    if (textOf(given).includes(text)) throw new RangeError(`${text} fails`);
    return query(...given);
  });
}

/** A worker whose statements that contain `text` are counted. */
export function counting(
  context: ActivityContext,
  text: string,
): { readonly context: ActivityContext; count(): number } {
  let count = 0;
  const counted = withQueries(context, (query) => (...given) => {
    if (textOf(given).includes(text)) count++;
    return query(...given);
  });
  return { context: counted, count: () => count };
}
