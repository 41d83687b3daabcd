import assert from 'node:assert/strict';
import { runId } from '../../src/contract/ids.js';
import { readRunGraph } from '../../src/db/run-graph-view.js';
import { listRuns } from '../../src/db/run-list.js';
import { readUnpricedModels } from '../../src/db/usage.js';
import { driveTo, key, planOf, recordRun, storeTurnOf, useDatabase } from '../support/run-record.js';

const TASKS = [{ id: 'price' }, { id: 'cart' }];
const OWN = 'my-own-model';

describe('the cost of models without a known price', () => {
  const { db } = useDatabase();
  /** A run with one answer of each model: both cost nothing as recorded. */
  const runWith = async (id: string, models: readonly string[], prices = {}) => {
    const plan = { ...planOf(TASKS), prices };
    await recordRun(db(), id, TASKS, { plan, planHash: id, model: models[0] ?? OWN });
    for (const [index, model] of models.entries()) {
      const task = key(id, TASKS[index]?.id ?? assert.fail());
      await driveTo(db(), task, 'in_progress');
      await storeTurnOf(db(), task, { model, costUsd: 0 });
    }
  };
  const unpriced = (id: string) => readUnpricedModels(db(), runId(id));
  const isUnknown = async (id: string) =>
    (await listRuns(db())).find((run) => run.runId === id)?.isCostUnknown ?? assert.fail(id);

  it('is unknown, and no $0.00', async () => {
    await runWith('own', [OWN, 'scripted']);
    assert.deepEqual(await unpriced('own'), [OWN]);
    assert.equal(await isUnknown('own'), true);
    const graph = await readRunGraph(db(), runId('own'), { dashboard: '', temporal: null });
    assert.deepEqual(graph?.unpricedModels, [OWN]);
  });

  it('is known of the scripted model, of a price in the plan, and before the first answer', async () => {
    await runWith('scripted', ['scripted']);
    await runWith('free', [OWN], { [OWN]: { input: 0, output: 0 } });
    await runWith('new', []);
    for (const id of ['scripted', 'free', 'new']) {
      assert.deepEqual(await unpriced(id), [], id);
      assert.equal(await isUnknown(id), false, id);
    }
  });
});
