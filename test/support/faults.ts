/** Activity contexts whose database fails at a statement that the test chooses. */
import type { ActivityContext } from '../../src/activities/support/activity-context.js';
import type { Database } from '../../src/db/database.js';

type Query = (...given: readonly unknown[]) => Promise<unknown>;

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

/** A worker that is killed at its `at`-th statement: before the statement, or after it and before its result arrives. */
export function killedAt(context: ActivityContext, at: number, when: 'before' | 'after') {
  let statements = 0;
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
    if (statements > at || (statements === at && when === 'before')) return forEver();
    const result = await query(...given);
    return statements >= at ? forEver() : result;
  });
  return { context: killed, dead };
}

/** A worker whose database is unavailable for the first `times` statements that contain `text`. */
export function awayAt(context: ActivityContext, text: string, times: number): ActivityContext {
  return withQueries(context, (query) => async (...given) => {
    if (times > 0 && String(given[0]).includes(text)) {
      times--;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    }
    return query(...given);
  });
}

/** A worker for which `then` runs after its first statement that contains `text`, before it receives the result. */
export function thenAt(context: ActivityContext, text: string, then: () => unknown): ActivityContext {
  let done = false;
  return withQueries(context, (query) => async (...given) => {
    const result = await query(...given);
    if (done || !String(given[0]).includes(text)) return result;
    done = true;
    await then();
    return result;
  });
}

/** A worker whose statements that contain `text` always fail. */
export function failingAt(context: ActivityContext, text: string): ActivityContext {
  return withQueries(context, (query) => async (...given) => {
    if (String(given[0]).includes(text)) throw new RangeError(`${text} fails`);
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
    if (String(given[0]).includes(text)) count++;
    return query(...given);
  });
  return { context: counted, count: () => count };
}
