import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Answer } from '../../src/model/scripted/script.js';
import { ownerState } from '../../src/shared/process/owner.js';
import { workerId } from '../../src/contract/ids.js';
import { relieveDeadWorkers } from '../../src/worker/dead-worker-watch.js';
import { useBench } from '../support/activity-bench.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { eventually } from '../support/eventually.js';
import { superseded } from '../support/superseded.js';
import { counting } from '../support/faults.js';
import { OTHER_HOSTS, ownerOn } from '../support/other-host.js';
import { deadOwner } from '../support/owners.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum the cart', files: ['src/a.ts'] }] };
const FILES = { 'src/a.ts': 'one\n' };

describe('a living worker on another host with an equal name', function () {
  this.timeout(60_000);
  const bench = useBench();
  const takeOver = () =>
    relieveDeadWorkers(bench().db.pool, { id: workerId(randomUUID()), isSteady: () => true });

  for (const [what, differences] of Object.entries(OTHER_HOSTS)) {
    it(`keeps its call, which is paid once: ${what}`, async function () {
      const owner = ownerOn(differences);
      if (owner === null) this.skip();
      assert.equal(ownerState(owner), 'elsewhere');
      const run = await bench().start(PLAN, FILES);
      const input = new AgentSteps(run, 'sum').turnInput();
      const asked: ((answer: Answer) => void)[] = [];
      bench().answer = () => new Promise<Answer>((resolve) => asked.push(resolve));
      const other = await bench().anotherWorker();
      await bench().db.pool.query('UPDATE workers SET owner = $2 WHERE id = $1', [other.worker.id, owner]);
      const first = run.on(other).model.turn(input);
      await eventually(() => asked.length === 1, 'the model is asked');
      // A worker starts here, and takes over what it can.
      await takeOver();
      const waiting = counting(bench().context, 'claim_call');
      const second = run.on(waiting.context).model.turn(input);
      await eventually(() => waiting.count() >= 3 || asked.length > 1, 'the second worker waits');
      for (const give of asked) give(writes({ 'new.ts': 'x\n' }));
      const [{ next }] = await Promise.all([second, superseded(first)]);
      assert.equal(next, 'test');
      assert.equal(asked.length, 1);
      const { usage } = await run.view();
      assert.deepEqual([usage.modelCalls, usage.possiblyBilled.calls], [1, 0]);
    });
  }

  it('is told from a worker of this host that has died', async () => {
    const dead = await bench().anotherWorker();
    await bench().db.pool.query('UPDATE workers SET owner = $2 WHERE id = $1', [dead.worker.id, deadOwner()]);
    await takeOver();
    const { rows } = await bench().db.pool.query('SELECT dead FROM workers WHERE id = $1', [dead.worker.id]);
    assert.deepEqual(rows, [{ dead: true }]);
  });
});
