import assert from 'node:assert/strict';
import { claimCall } from '../../src/db/calls.js';
import { registerFence } from '../../src/db/fencing.js';
import { beginTurn } from '../../src/db/turns.js';
import type { WorkerId } from '../../src/contract/ids.js';
import { livingWorker } from '../support/living-worker.js';
import { key, recordRun, useDatabase } from '../support/run-record.js';

describe('the money of a run', function () {
  this.timeout(60_000);
  const { db } = useDatabase();

  it('is not waited for when only a worker that is gone has reserved it', async () => {
    await recordRun(db(), 'money', [{ id: 'a' }, { id: 'b' }], { budgetUsd: 1 });
    let at = 0;
    const claim = async (task: string, worker: WorkerId, worstUsd: number) => {
      const step = { ...key('money', task), at: (at += 1), attempt: 1, worker };
      await registerFence(db(), step);
      await beginTurn(db(), step, 1);
      const usd = { worstUsd, enoughUsd: worstUsd, leastUsd: 0.05 };
      return claimCall(db(), step, { turn: 1, ...usd, inFlight: [], unsettled: [] });
    };
    const [dies, lives] = [await livingWorker(db()), await livingWorker(db())];
    assert.equal((await claim('a', dies, 0.9)).outcome, 'claimed');
    assert.equal((await claim('b', lives, 0.5)).outcome, 'no_money', 'the other call may leave some');
    await db().pool.query('UPDATE workers SET dead = true WHERE id = $1', [dies]);
    const claimed = await claim('b', lives, 0.5);
    assert.ok(claimed.outcome === 'claimed', claimed.outcome);
    assert.equal(claimed.grantedUsd, 0.1, 'what is left');
  });
});
