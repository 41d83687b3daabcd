import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/activity';
import fc from 'fast-check';
import {
  retryDelayMs,
  tightenLimit,
  rangeFor,
  relaxLimit,
  limitOf,
  LONGEST_WAIT_MS,
  waitForSlot,
} from '../../src/agent/call/rate-limiter.js';
import { runId } from '../../src/contract/ids.js';
import { dropSlot, takeSlot, useSlot } from '../../src/db/rate-limits.js';
import { eventually } from '../support/eventually.js';
import { useBench } from '../support/activity-bench.js';

const LONG_MS = 3_600_000;
const [RUN, OTHER] = [runId('large'), runId('small')];

describe('the rate limiter of a model', () => {
  const bench = useBench();
  let number = 0;
  let key = limitOf({ baseUrl: 'http://model', apiKey: 'k' }, 'none yet');
  beforeEach(() => {
    key = limitOf({ baseUrl: 'http://model', apiKey: 'k' }, `model-${++number}`);
  });
  const neverAborted = () => new AbortController().signal;
  const pass = (run = RUN) => waitForSlot(bench().context, { key, run }, neverAborted());
  const take = (run = RUN, longestMs = LONG_MS) => takeSlot(bench().db, key, run, longestMs);
  const tighten = (sent: Awaited<ReturnType<typeof pass>>, retryAfterMs: number | null = null) =>
    tightenLimit(bench().context, sent, retryAfterMs);
  const interval = async () => {
    const found = await bench().db.pool.query<{ ms: number }>(
      'SELECT interval_ms AS ms FROM model_limits WHERE key = $1',
      [key],
    );
    return found.rows[0]?.ms ?? null;
  };
  const slots = async () => {
    const found = await bench().db.pool.query<{ at: Date }>(
      'SELECT at FROM model_slots WHERE key = $1 ORDER BY at',
      [key],
    );
    return found.rows.map(({ at }) => at);
  };
  /** A call sent after the limit's last change, so its outcome changes the limit again. */
  const newCall = async () => {
    const { rows } = await bench().db.pool.query<{ now: Date }>(`SELECT now() + interval '1 s' AS now`);
    return { key, sentAt: rows[0]?.now ?? assert.fail(), limited: true };
  };

  it('lets all calls start at once until one is refused', async () => {
    const passes = await Promise.all(Array.from({ length: 20 }, () => pass()));
    assert.ok(passes.every(({ limited }) => !limited));
    for (const one of passes) await relaxLimit(bench().context, one);
    assert.equal(await interval(), null);
  });

  it('tightens once for all calls in flight, and spaces later calls', async () => {
    const passes = await Promise.all(Array.from({ length: 30 }, () => pass()));
    await Promise.all(passes.map((one) => tighten(one)));
    assert.equal(await interval(), 100);
    const slots = await Promise.all(Array.from({ length: 30 }, () => take()));
    const starts = slots.map(({ at }) => at.getTime()).sort((a, b) => a - b);
    for (const [index, start] of starts.entries()) {
      const before = starts[index - 1];
      if (before !== undefined) assert.ok(start - before >= 99, `${start - before} ms apart`);
    }
  });

  it('doubles the interval for each refusal of a call sent after the last change, up to the ceiling', async () => {
    const seen: (number | null)[] = [];
    for (let refusals = 0; refusals < 8; refusals++) {
      await tighten(await newCall());
      seen.push(await interval());
    }
    assert.deepEqual(seen, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('relaxes by a fifth for each answer to a call sent after the last change, until no limit is left', async () => {
    await tighten(await pass());
    await tighten(await newCall());
    const before = { ...(await pass()), sentAt: new Date(0) };
    await relaxLimit(bench().context, before);
    assert.equal(
      await interval(),
      200,
      'a call that was sent before the limit was tightened does not relax it',
    );
    const seen: (number | null)[] = [];
    for (let answers = 0; answers < 4; answers++) {
      const sent = await newCall();
      await relaxLimit(bench().context, sent);
      seen.push(await interval());
    }
    assert.deepEqual(seen, [160, 128, 102, 0]);
    assert.equal((await pass()).limited, false);
  });

  it('relaxes once for all calls of one round trip', async () => {
    await tighten(await newCall());
    await tighten(await newCall());
    const found = await bench().db.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    // After the tightening and before the first answer, also when the machine's clock is set back a little.
    const sentAt = new Date((found.rows[0]?.now ?? assert.fail()).getTime() + 50);
    await new Promise((resolve) => setTimeout(resolve, 150));
    for (let answers = 0; answers < 10; answers++) {
      await relaxLimit(bench().context, { key, sentAt, limited: true });
    }
    assert.equal(await interval(), 160);
  });

  it('starts no call before the provider’s retry-after has passed', async () => {
    const first = await pass();
    await tighten(first, 5_000);
    const [next, second] = [await take(), await take()];
    assert.ok(next.at.getTime() - first.sentAt.getTime() >= 5_000);
    assert.ok(second.at > next.at);
    // The same refusal again with a longer wait: the wait counts, the interval does not grow again.
    await tighten({ ...first }, 9_000);
    assert.ok((await take()).at.getTime() - first.sentAt.getTime() >= 9_000);
    assert.equal(await interval(), 100);
  });

  it('gives waiting calls new slots when other calls are refused meanwhile', async () => {
    await tighten(await pass(), 1_000);
    const waiting = Promise.all([pass(), pass(), pass()]);
    await take();
    await tighten(await newCall(), 2_000);
    const { rows } = await bench().db.pool.query<{ at: Date }>(
      'SELECT changed_at AS at FROM model_limits WHERE key = $1',
      [key],
    );
    const tightenedAt = rows[0]?.at ?? assert.fail();
    for (const { sentAt } of await waiting) assert.ok(sentAt.getTime() - tightenedAt.getTime() >= 2_000);
  });

  it('lets runs take turns, also when one of them has many calls waiting', async () => {
    await tighten(await pass(), 60_000);
    for (let calls = 0; calls < 20; calls++) await take(RUN);
    for (let calls = 0; calls < 3; calls++) await take(OTHER);
    await take(RUN);
    const { rows } = await bench().db.pool.query<{ run: string; at: Date }>(
      'SELECT run_id AS run, at FROM model_slots WHERE key = $1 ORDER BY at',
      [key],
    );
    const order = rows.map(({ run }) => (run === OTHER ? 's' : 'l')).join('');
    assert.equal(order, `lslsls${'l'.repeat(18)}`);
    const gaps = rows.slice(1).map(({ at }, index) => at.getTime() - (rows[index]?.at.getTime() ?? 0));
    assert.deepEqual([...new Set(gaps)], [100], 'the calls stay an interval apart');
  });

  it('starts a delayed call when its slot comes, and puts it off when that is too late', async () => {
    await tighten(await pass(), 1_000);
    const waiting = pass(RUN);
    await eventually(async () => (await slots()).length === 1, 'a call waits');
    const [first] = await slots();
    // Others come first: by one interval, and then by more than a call may wait.
    await take(RUN);
    for (const run of ['a', 'b', 'c']) await take(runId(run));
    assert.ok((await waiting).sentAt.getTime() >= (first?.getTime() ?? Infinity));
    await bench().db.pool.query('DELETE FROM model_slots WHERE key = $1', [key]);
    const late = pass(RUN);
    await eventually(async () => (await slots()).length === 1, 'another call waits');
    await bench().db.pool.query(`UPDATE model_slots SET at = at + interval '1 minute' WHERE key = $1`, [key]);
    await assert.rejects(late, (error) => error instanceof ApplicationFailure && !error.nonRetryable);
  });

  it('makes a call retry later when its wait is too long for an activity, and keeps the slot for others', async () => {
    await tighten(await pass(), 60_000);
    for (let tries = 0; tries < 3; tries++) {
      await assert.rejects(pass(), (error) => {
        assert.ok(error instanceof ApplicationFailure);
        assert.equal(error.nonRetryable, false);
        assert.ok(Number(error.nextRetryDelay) > 39_000 && Number(error.nextRetryDelay) <= 60_000);
        return true;
      });
    }
    const next = await take();
    assert.ok(next.waitMs <= 60_000, 'the slot is still free');
  });

  it('stops waiting when the activity is cancelled', async () => {
    await tighten(await pass(), 10_000);
    const controller = new AbortController();
    const waiting = waitForSlot(bench().context, { key, run: RUN }, controller.signal);
    controller.abort(new Error('no longer wanted'));
    await assert.rejects(waiting, /no longer wanted|aborted/);
  });

  it('gives the slot of a cancelled call to the next one, and counts it no longer', async () => {
    await tighten(await pass(), 10_000);
    const controller = new AbortController();
    const waiting = Array.from({ length: 3 }, () =>
      waitForSlot(bench().context, { key, run: RUN }, controller.signal),
    );
    await eventually(async () => (await slots()).length === 3, 'the calls wait');
    const behind = await take(RUN);
    const before = await slots();
    controller.abort(new Error('no longer wanted'));
    await Promise.allSettled(waiting);
    const taken = [await take(OTHER), await take(OTHER), await take(OTHER)].map(({ at }) => at);
    assert.deepEqual(taken, before.slice(0, 3), 'in the gaps');
    assert.deepEqual((await useSlot(bench().db, behind.id ?? ''))?.at, behind.at, 'nobody is put off');
    const last = await take(OTHER);
    assert.equal(last.at.getTime() - (before[3]?.getTime() ?? 0), 100, 'then behind all others');
  });

  it('closes a gap before it delays calls that wait behind it', async () => {
    await tighten(await pass(), 10_000);
    const [first, second, third] = [await take(RUN), await take(RUN), await take(RUN)];
    await dropSlot(bench().db, third.id ?? '');
    // Runs take turns, so it comes before the call that waited for the second one, which moves into the gap.
    assert.deepEqual((await take(OTHER)).at, second.at);
    assert.deepEqual(await slots(), [first.at, second.at, third.at]);
  });

  it('expires after ten minutes without a call', async () => {
    for (let refusals = 0; refusals < 8; refusals++) await tighten(await newCall());
    await bench().db.pool.query(
      `UPDATE model_limits SET next_at = now() - interval '11 minutes', changed_at = now() - interval '11 minutes' WHERE key = $1`,
      [key],
    );
    assert.equal((await pass()).limited, false);
    await tighten(await newCall());
    assert.equal(await interval(), 100);
  });

  it('goes on when the clock was set back by a day', async () => {
    await tighten(await pass(), 1_000);
    const [left, waiting] = [await take(), await take(OTHER)];
    const { pool } = bench().db;
    await pool.query(
      `UPDATE model_limits SET next_at = next_at + interval '1 day', changed_at = changed_at + interval '1 day' WHERE key = $1`,
      [key],
    );
    await pool.query(`UPDATE model_slots SET at = at + interval '1 day' WHERE key = $1`, [key]);
    const next = await take();
    assert.ok(next.taken && next.waitMs <= 3_600_000, `${next.waitMs} ms`);
    for (const { id } of [left, waiting])
      assert.equal(await useSlot(bench().db, id ?? ''), null, 'asks again');
    await relaxLimit(bench().context, await newCall());
    assert.equal(await interval(), 0, 'an answer still speeds up the calls');
  });

  it('slows down when the clock was set back by a day', async () => {
    await tighten(await newCall());
    await bench().db.pool.query(
      `UPDATE model_limits SET changed_at = changed_at + interval '1 day' WHERE key = $1`,
      [key],
    );
    await tighten(await newCall());
    assert.equal(await interval(), 200);
  });

  it('is shared by all keys for one model at one endpoint', () => {
    const endpoint = { baseUrl: 'http://a', apiKey: 'k' };
    assert.equal(limitOf(endpoint, 'm'), limitOf({ ...endpoint, apiKey: 'other' }, 'm'));
    assert.notEqual(limitOf(endpoint, 'm'), limitOf(endpoint, 'n'));
    assert.notEqual(limitOf(endpoint, 'm'), limitOf({ baseUrl: undefined, apiKey: 'k' }, 'm'));
    assert.equal(
      limitOf({ baseUrl: '', apiKey: 'k' }, 'm'),
      limitOf({ baseUrl: undefined, apiKey: 'k' }, 'm'),
    );
  });

  for (const [asked, ceilingMs] of [
    [null, 5_000],
    [0, 100],
    [50, 100],
    [1_500, 1_500],
    [60_000, 5_000],
  ] as const) {
    it(`spaces calls at most ${ceilingMs} ms apart after a refusal with retry-after ${asked ?? 'unset'}`, () =>
      assert.equal(rangeFor(asked).ceilingMs, ceilingMs));
  }

  it('gives each postponed call its own retry time, near its slot', () => {
    fc.assert(
      fc.property(fc.nat({ max: LONG_MS }), fc.double({ min: 0, max: 1, noNaN: true }), (waitMs, random) => {
        const back = retryDelayMs(waitMs, random);
        assert.ok(back >= 1_000 && back <= Math.max(1_000, waitMs));
        assert.ok(back >= waitMs - LONGEST_WAIT_MS - 1);
      }),
    );
  });
});
