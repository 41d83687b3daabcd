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
} from '../../src/agent/rate-limiter.js';
import { takeSlot } from '../../src/db/rate-limits.js';
import { useBench } from '../support/workplace.js';

const FAR = 3_600_000;

describe('the rate limiter of a model', () => {
  const bench = useBench();
  let number = 0;
  let key = limitOf({ baseUrl: 'http://model', apiKey: 'k' }, 'none yet');
  beforeEach(() => {
    key = limitOf({ baseUrl: 'http://model', apiKey: 'k' }, `model-${++number}`);
  });
  const unhurried = () => new AbortController().signal;
  const pass = () => waitForSlot(bench().place, key, unhurried());
  const cut = (sent: Awaited<ReturnType<typeof pass>>, retryAfterMs: number | null = null) =>
    tightenLimit(bench().place, sent, retryAfterMs);
  const interval = async () => {
    const found = await bench().db.pool.query<{ ms: number }>(
      'SELECT interval_ms AS ms FROM model_limits WHERE key = $1',
      [key],
    );
    return found.rows[0]?.ms ?? null;
  };
  /** The newest call, as if it had been sent just now: what comes of it is news. */
  const newCall = async () => {
    const { rows } = await bench().db.pool.query<{ now: Date }>(`SELECT now() + interval '1 s' AS now`);
    return { key, sentAt: rows[0]?.now ?? assert.fail(), limited: true };
  };

  it('lets all calls through at once until one is refused', async () => {
    const passes = await Promise.all(Array.from({ length: 20 }, pass));
    assert.ok(passes.every(({ limited }) => !limited));
    for (const one of passes) await relaxLimit(bench().place, one);
    assert.equal(await interval(), null);
  });

  it('is cut once by all the calls that were under way, and spaces those to come', async () => {
    const passes = await Promise.all(Array.from({ length: 30 }, pass));
    await Promise.all(passes.map((one) => cut(one)));
    assert.equal(await interval(), 100);
    const slots = await Promise.all(Array.from({ length: 30 }, () => takeSlot(bench().db, key, FAR)));
    const starts = slots.map(({ at }) => at.getTime()).sort((a, b) => a - b);
    for (const [index, start] of starts.entries()) {
      const before = starts[index - 1];
      if (before !== undefined) assert.ok(start - before >= 99, `${start - before} ms apart`);
    }
  });

  it('is cut by half again for each refusal of a call that was sent since, down to the ceiling', async () => {
    const seen: (number | null)[] = [];
    for (let refusals = 0; refusals < 8; refusals++) {
      await cut(await newCall());
      seen.push(await interval());
    }
    assert.deepEqual(seen, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('picks up again a step at a time, once for all that was under way, until there is no limit', async () => {
    await cut(await pass());
    await cut(await newCall());
    const before = { ...(await pass()), sentAt: new Date(0) };
    await relaxLimit(bench().place, before);
    assert.equal(await interval(), 200, 'a call that was sent before the cut tells nothing about it');
    const seen: (number | null)[] = [];
    for (let answers = 0; answers < 4; answers++) {
      const sent = await newCall();
      await relaxLimit(bench().place, sent);
      seen.push(await interval());
    }
    assert.deepEqual(seen, [160, 128, 102, 0]);
    assert.equal((await pass()).limited, false);
  });

  it('eases once for all calls of one round trip', async () => {
    await cut(await newCall());
    await cut(await newCall());
    const found = await bench().db.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    // Clearly after the cut and before the first answer, also where the machine's clock is set back a little.
    const sentAt = new Date((found.rows[0]?.now ?? assert.fail()).getTime() + 50);
    await new Promise((resolve) => setTimeout(resolve, 150));
    for (let answers = 0; answers < 10; answers++) {
      await relaxLimit(bench().place, { key, sentAt, limited: true });
    }
    assert.equal(await interval(), 160);
  });

  it('lets no call start before the provider wants one', async () => {
    const first = await pass();
    await cut(first, 5_000);
    const [next, second] = [await takeSlot(bench().db, key, FAR), await takeSlot(bench().db, key, FAR)];
    assert.ok(next.at.getTime() - first.sentAt.getTime() >= 5_000);
    assert.ok(second.at > next.at);
    // Late news of the same refusal, with a longer wait: the wait counts, the interval does not grow again.
    await cut({ ...first }, 9_000);
    assert.ok((await takeSlot(bench().db, key, FAR)).at.getTime() - first.sentAt.getTime() >= 9_000);
    assert.equal(await interval(), 100);
  });

  it('sends who waits to a new row when others are refused meanwhile', async () => {
    await cut(await pass(), 1_000);
    const waiting = Promise.all([pass(), pass(), pass()]);
    await takeSlot(bench().db, key, FAR);
    await cut(await newCall(), 2_000);
    const { rows } = await bench().db.pool.query<{ at: Date }>(
      'SELECT cut_at AS at FROM model_limits WHERE key = $1',
      [key],
    );
    const cutAt = rows[0]?.at ?? assert.fail();
    for (const { sentAt } of await waiting) assert.ok(sentAt.getTime() - cutAt.getTime() >= 2_000);
  });

  it('sends away who would wait for longer than an activity may, and keeps the slot for others', async () => {
    await cut(await pass(), 60_000);
    for (let tries = 0; tries < 3; tries++) {
      await assert.rejects(pass(), (error) => {
        assert.ok(error instanceof ApplicationFailure);
        assert.equal(error.nonRetryable, false);
        assert.ok(Number(error.nextRetryDelay) > 39_000 && Number(error.nextRetryDelay) <= 60_000);
        return true;
      });
    }
    const next = await takeSlot(bench().db, key, FAR);
    assert.ok(next.waitMs <= 60_000, 'nobody took it');
  });

  it('stops waiting when the activity is cancelled', async () => {
    await cut(await pass(), 10_000);
    const controller = new AbortController();
    const waiting = waitForSlot(bench().place, key, controller.signal);
    controller.abort(new Error('no longer wanted'));
    await assert.rejects(waiting, /no longer wanted|aborted/);
  });

  it('is forgotten when nobody came for ten minutes', async () => {
    for (let refusals = 0; refusals < 8; refusals++) await cut(await newCall());
    await bench().db.pool.query(
      `UPDATE model_limits SET next_at = now() - interval '11 minutes', changed_at = now() - interval '11 minutes' WHERE key = $1`,
      [key],
    );
    assert.equal((await pass()).limited, false);
    await cut(await newCall());
    assert.equal(await interval(), 100);
  });

  it('is one for a model at an endpoint, whatever the key', () => {
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
    it(`spaces calls at most ${ceilingMs} ms apart when it is to wait ${asked ?? 'for no given time'}`, () =>
      assert.equal(rangeFor(asked).ceilingMs, ceilingMs));
  }

  it('tells each that is sent away a moment of its own, near its turn', () => {
    fc.assert(
      fc.property(fc.nat({ max: FAR }), fc.double({ min: 0, max: 1, noNaN: true }), (waitMs, random) => {
        const back = retryDelayMs(waitMs, random);
        assert.ok(back >= 1_000 && back <= Math.max(1_000, waitMs));
        assert.ok(back >= waitMs - LONGEST_WAIT_MS - 1);
      }),
    );
  });
});
