import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { claimCall, settleCall, type CallEnd } from '../../src/db/calls.js';
import { registerFence, StaleFence, type Fence, type TaskKey } from '../../src/db/fencing.js';
import { beginTurn, newAnswer, storeTurn } from '../../src/db/turns.js';
import { taskId, type WorkerId } from '../../src/contract/ids.js';
import { key, recordRun, turnOf, useDatabase } from '../support/run-record.js';
import { livingWorker } from '../support/living-worker.js';
import { Random } from '../chaos/random.js';

const STEPS = 250;
const WORST_USD = 0.3;
const TASKS = ['a', 'b', 'c'];

/** A call that a worker is making, or believes it is making. */
interface OpenCall extends TaskKey {
  readonly call: number;
  readonly worker: WorkerId;
  readonly turn: number;
}

describe('the ledger of model calls', function () {
  this.timeout(180_000);
  const { db } = useDatabase();

  /** The inconsistencies in the ledger of a run; must always be empty. */
  async function inconsistencies(run: string): Promise<string[]> {
    const found = await db().pool.query<{ what: string }>(
      `WITH calls AS (SELECT * FROM model_calls WHERE run_id = $1), run AS (SELECT * FROM runs WHERE id = $1)
       SELECT 'reserved' AS what FROM run WHERE reserved_usd <>
         (SELECT COALESCE(sum(worst_usd), 0) FROM calls WHERE state IN ('open', 'lost'))
       UNION ALL SELECT 'spent' FROM run WHERE spent_usd <> (SELECT COALESCE(sum(cost_usd), 0) FROM calls)
       UNION ALL SELECT 'over the budget' FROM run WHERE spent_usd + reserved_usd > budget_usd
       UNION ALL SELECT 'two open calls' FROM calls WHERE state IN ('open', 'waiting')
         GROUP BY task_id, turn HAVING count(*) > 1
       UNION ALL SELECT 'two answers' FROM calls WHERE state = 'answered' GROUP BY task_id, turn HAVING count(*) > 1
       UNION ALL SELECT 'answers without turns' FROM run WHERE
         (SELECT count(*) FROM calls WHERE state = 'answered') <>
         (SELECT count(*) FROM model_turns WHERE run_id = $1)
       UNION ALL SELECT 'events' FROM run WHERE
         (SELECT count(*) FROM events WHERE run_id = $1 AND type = 'model.call') <>
         (SELECT count(*) FROM model_turns WHERE run_id = $1)`,
      [run],
    );
    return found.rows.map(({ what }) => what);
  }

  const answer = ({ turn, call, ...task }: OpenCall): Promise<string> =>
    storeTurn(db(), newAnswer(call, turnOf(task, { number: turn, costUsd: 0.001 })));

  it('balances after any sequence of actions of several workers on the same turns', async () => {
    const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
    const random = new Random(seed);
    const run = 'walk';
    await recordRun(
      db(),
      run,
      TASKS.map((id) => ({ id })),
      { budgetUsd: 6 },
    );
    const workers = [await livingWorker(db()), await livingWorker(db()), await livingWorker(db())];
    const openCalls: OpenCall[] = [];
    const seen = new Set<string>();
    let clock = 0;

    const claim = async () => {
      const which = random.below(workers.length);
      const worker = workers[which] ?? assert.fail();
      const task = key(run, TASKS[random.below(TASKS.length)] ?? 'a');
      const turn = await nextTurn(run, task);
      const step: Fence = { ...task, at: ++clock, attempt: 1, worker };
      try {
        await registerFence(db(), step);
        await beginTurn(db(), step, turn);
        const mine = openCalls.filter((known) => known.worker === worker).map(({ call }) => call);
        // Sometimes the worker has abandoned its calls and could not record that.
        const [inFlight, unsettled] = random.below(4) === 0 ? [[], mine] : [mine, []];
        const claimed = await claimCall(db(), step, { turn, worstUsd: WORST_USD, inFlight, unsettled });
        seen.add(claimed.outcome);
        if (claimed.outcome === 'claimed') openCalls.push({ ...task, turn, worker, call: claimed.call });
      } catch (error) {
        if (!(error instanceof StaleFence)) throw error;
        workers[which] = await livingWorker(db());
      }
    };
    const settle = async () => {
      const [call] = openCalls.splice(random.below(openCalls.length || 1), 1);
      if (call === undefined) return;
      const end: CallEnd | undefined = (['refused', 'unsent', 'lost'] as const)[random.below(6)];
      if (end !== undefined) await settleCall(db(), call.call, end, 'as the walk has it');
      else seen.add(await answer(call));
      // A settlement may be repeated when its first reply was lost.
      if (end === undefined && random.below(3) === 0) await answer(call);
    };
    const stall = async () => {
      const worker = workers[random.below(workers.length)];
      // Not every worker whose lease has expired is declared dead.
      await db().pool.query(
        `UPDATE workers SET lease_until = now() - interval '1 s', dead = dead OR $2 WHERE id = $1`,
        [worker, random.below(2) === 0],
      );
    };

    for (let n = 0; n < STEPS; n++) {
      const what = random.below(10);
      await (what < 5 ? claim() : what < 9 ? settle() : stall());
      assert.deepEqual(await inconsistencies(run), [], `with SEED=${seed}, after ${n + 1} actions`);
    }
    for (const call of openCalls) await answer(call);
    assert.deepEqual(await inconsistencies(run), [], `with SEED=${seed}, at the end`);
    for (const outcome of ['claimed', 'busy', 'first']) assert.ok(seen.has(outcome), `${outcome} was seen`);
  });

  async function nextTurn(run: string, { taskId: task }: TaskKey): Promise<number> {
    const found = await db().pool.query<{ next: number }>(
      'SELECT count(*)::int + 1 AS next FROM model_turns WHERE run_id = $1 AND task_id = $2',
      [run, taskId(task)],
    );
    return found.rows[0]?.next ?? 1;
  }
});
