import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { tightenLimit, relaxLimit, limitOf, waitForSlot } from '../../src/agent/call/rate-limiter.js';
import { runId, type LimitKey } from '../../src/contract/ids.js';
import { useBench } from '../support/activity-bench.js';

const RUN = runId('run');
const AGENTS = 30;
/** The provider answers this many calls in each window and refuses the others. */
const CAPACITY = { calls: 4, windowMs: 500 };
/** Temporal's pauses between retries, shortened to a quarter. */
const backOff = (tries: number) => Math.min(250 * 2 ** (tries - 1), 15_000);

class Provider {
  answered = 0;
  refused = 0;
  private left = CAPACITY.calls;
  private readonly timer = setInterval(() => (this.left = CAPACITY.calls), CAPACITY.windowMs);

  call(): 'answer' | 'refusal' {
    if (this.left === 0) {
      this.refused++;
      return 'refusal';
    }
    this.left--;
    this.answered++;
    return 'answer';
  }

  close(): void {
    clearInterval(this.timer);
  }
}

describe('a fleet that shares a rate limiter', () => {
  const bench = useBench();
  const { signal } = new AbortController();
  setMaxListeners(AGENTS, signal);

  /** One agent's call, retried as Temporal does until it is answered. */
  async function agent(provider: Provider, key: LimitKey): Promise<void> {
    for (let tries = 1; ; tries++) {
      const pass = await waitForSlot(bench().context, { key, run: RUN }, signal).catch((error: unknown) => {
        assert.ok(error instanceof ApplicationFailure);
        return Number(error.nextRetryDelay);
      });
      if (typeof pass === 'number') await delay(pass);
      else if (provider.call() === 'answer') return relaxLimit(bench().context, pass);
      else {
        await tightenLimit(bench().context, pass, null);
        await delay(backOff(tries));
      }
    }
  }

  async function fleet(model: string): Promise<number> {
    const provider = new Provider();
    const key = limitOf({ baseUrl: 'http://model', apiKey: 'k' }, model);
    await Promise.all(Array.from({ length: AGENTS }, () => agent(provider, key)));
    provider.close();
    assert.equal(provider.answered, AGENTS);
    return provider.refused;
  }

  it('gets far fewer refusals than agents that retry independently', async () => {
    const together = await fleet('together');
    // Limits are never recorded, so every call starts at once.
    await bench().db.pool
      .query(`CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER off BEFORE INSERT ON model_limits FOR EACH ROW EXECUTE FUNCTION nothing()`);
    const alone = await fleet('alone');
    assert.ok(together * 2 < alone, `${together} refusals together, ${alone} alone`);
  }).timeout(120_000);

  it('speeds up step by step until no limit is left', async () => {
    const key = limitOf({ baseUrl: 'http://model', apiKey: 'k' }, 'together');
    const context = bench().context;
    let calls = 0;
    for (let limited = true; limited; calls++) {
      const pass = await waitForSlot(context, { key, run: RUN }, signal);
      await relaxLimit(context, pass);
      limited = pass.limited;
    }
    // From the ceiling of five seconds, a fifth less each time, it takes eighteen calls.
    assert.ok(calls <= 20, `${calls} calls`);
  }).timeout(60_000);
});
