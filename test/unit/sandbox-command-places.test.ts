import assert from 'node:assert/strict';
import { setImmediate as settled } from 'node:timers/promises';
import { runId } from '../../src/contract/ids.js';
import { CommandPlaces } from '../../src/sandbox/limits/command-places.js';
import { deferred } from '../../src/shared/async/deferred.js';

const [LARGE, SMALL] = [runId('large'), runId('small')];
const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;

describe('the places for commands', () => {
  /** Takes places, and notes who got one. Each is left by `leave`. */
  const open = (count: number, waitMs = HOUR_MS) => {
    const places = new CommandPlaces(count, waitMs);
    const got: string[] = [];
    const inside: (() => void)[] = [];
    const stay = (name: string) => async () => {
      got.push(name);
      const left = deferred<undefined>();
      inside.push(() => left.resolve(undefined));
      await left.promise;
      return name;
    };
    const leave = async () => {
      inside.shift()?.();
      await settled();
    };
    return {
      got,
      leave,
      queued: (run: typeof LARGE, name: string, signal = NEVER) => places.use(run, signal, stay(name)),
      turn: (run: typeof LARGE, name: string, signal = NEVER) => places.useInTime(run, signal, stay(name)),
    };
  };

  it('are as many as given, and each is passed on', async () => {
    const { got, leave, queued, turn } = open(2);
    const all = [queued(LARGE, 'a'), turn(LARGE, 'b'), turn(LARGE, 'c'), queued(LARGE, 'd')];
    await settled();
    assert.deepEqual(got, ['a', 'b']);
    for (let i = 0; i < all.length; i++) await leave();
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd']);
  });

  it('go to the runs in turn, and in each to what came from the queue first', async () => {
    const { got, leave, queued, turn } = open(1);
    const all = [
      turn(LARGE, 'first'),
      ...['large 1', 'large 2', 'large 3'].map((name) => turn(LARGE, name)),
      queued(LARGE, 'large, queued'),
      turn(SMALL, 'small 1'),
      turn(SMALL, 'small 2'),
    ];
    await settled();
    for (let i = 0; i < all.length; i++) await leave();
    await Promise.all(all);
    assert.deepEqual(got, ['first', 'large, queued', 'small 1', 'large 1', 'small 2', 'large 2', 'large 3']);
  });

  it('are not waited for longer than a turn may wait', async () => {
    const { got, leave, turn } = open(1, 1);
    const first = turn(LARGE, 'first');
    assert.equal(await turn(LARGE, 'second'), null);
    await leave();
    assert.equal(await first, 'first');
    assert.deepEqual(got, ['first']);
    assert.equal(await open(0, 0).turn(LARGE, 'none'), null, 'a worker without places');
  });

  it('are not taken by what was cancelled while it waited', async () => {
    const { got, leave, queued, turn } = open(1);
    const cancel = new AbortController();
    const first = queued(LARGE, 'first');
    const cancelled = [queued(SMALL, 'cancelled', cancel.signal), turn(SMALL, 'cancelled', cancel.signal)];
    const last = turn(LARGE, 'last');
    await settled();
    cancel.abort(new Error('the run is cancelled'));
    await assert.rejects(cancelled[0] ?? Promise.resolve(), /the run is cancelled/);
    assert.equal(await cancelled[1], null);
    await leave();
    await leave();
    assert.deepEqual([await first, await last, got], ['first', 'last', ['first', 'last']]);
    await assert.rejects(queued(LARGE, 'late', cancel.signal), /the run is cancelled/);
  });

  it('are given back by work that fails', async () => {
    const places = new CommandPlaces(1, 0);
    const fails = () => Promise.reject(new Error('no disk'));
    await assert.rejects(places.use(LARGE, NEVER, fails), /no disk/);
    await assert.rejects(places.useInTime(LARGE, NEVER, fails), /no disk/);
    assert.equal(await places.useInTime(LARGE, NEVER, () => Promise.resolve('free')), 'free');
  });
});
