/** A database that fails a worker at a point that a test names. */
import type { ActivityContext } from '../../src/activities/activity-context.js';
import type { Database } from '../../src/db/database.js';

type Query = (...given: readonly unknown[]) => Promise<unknown>;

/** The same place, every statement of its pool going through `through`. */
function withQueries(place: ActivityContext, through: (query: Query) => Query): ActivityContext {
  const { pool } = place.db;
  const query: Query = through(async (...given) => {
    const result: unknown = await Reflect.apply(pool.query.bind(pool), pool, given);
    return result;
  });
  const faulty = new Proxy(pool, {
    get: (target, name) => (name === 'query' ? query : (Reflect.get(target, name, target) as unknown)),
  });
  const db: Database = { ...place.db, pool: faulty };
  return { ...place, db };
}

/** A worker that is killed at its `at`-th statement: before it is done, or after it and before it is known. */
export function killedAt(place: ActivityContext, at: number, when: 'before' | 'after') {
  let statements = 0;
  let die: () => void = () => undefined;
  const dead = new Promise<'dead'>((resolve) => {
    die = () => resolve('dead');
  });
  const forEver = () => {
    die();
    return new Promise<unknown>(() => undefined);
  };
  const killed = withQueries(place, (query) => async (...given) => {
    statements++;
    if (statements > at || (statements === at && when === 'before')) return forEver();
    const result = await query(...given);
    return statements >= at ? forEver() : result;
  });
  return { place: killed, dead };
}

/** A worker whose database is away for the first `times` statements that hold `text`. */
export function awayAt(place: ActivityContext, text: string, times: number): ActivityContext {
  return withQueries(place, (query) => async (...given) => {
    if (times > 0 && String(given[0]).includes(text)) {
      times--;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    }
    return query(...given);
  });
}

/** A worker that does its first statement that holds `text`, and then something else before it hears of it. */
export function thenAt(place: ActivityContext, text: string, then: () => unknown): ActivityContext {
  let over = false;
  return withQueries(place, (query) => async (...given) => {
    const result = await query(...given);
    if (over || !String(given[0]).includes(text)) return result;
    over = true;
    await then();
    return result;
  });
}

/** A worker whose statements that hold `text` fail for good. */
export function failingAt(place: ActivityContext, text: string): ActivityContext {
  return withQueries(place, (query) => async (...given) => {
    if (String(given[0]).includes(text)) throw new RangeError(`${text} fails`);
    return query(...given);
  });
}

/** A worker whose statements that hold `text` are counted. */
export function counting(
  place: ActivityContext,
  text: string,
): { readonly place: ActivityContext; count(): number } {
  let count = 0;
  const counted = withQueries(place, (query) => (...given) => {
    if (String(given[0]).includes(text)) count++;
    return query(...given);
  });
  return { place: counted, count: () => count };
}
