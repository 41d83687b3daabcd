import assert from 'node:assert/strict';
import { findRunId } from '../../src/cli/requested-run.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

const PLAN: TestPlan = { test: 'true', tasks: [{ id: 'a', title: 'A' }] };

describe('the run that a person names', () => {
  const bench = useBench();

  it('is found by its id, by a unique beginning of it, and as the latest', async () => {
    const db = bench();
    await assert.rejects(findRunId(db, 'latest'), /There is no run yet/);
    const first = await bench().start(PLAN, {});
    const second = await bench().start(PLAN, {});
    assert.equal(await findRunId(db, first.id), first.id);
    assert.equal(await findRunId(db, 'latest'), second.id);
    const common = commonBeginning(first.id, second.id);
    assert.equal(await findRunId(db, second.id.slice(0, common.length + 1)), second.id);
    if (common !== '')
      await assert.rejects(findRunId(db, common), /2 runs begin with .*Write more of the id/);
    await assert.rejects(findRunId(db, '_'), /cannot be the id/);
    await assert.rejects(findRunId(db, `${first.id.slice(0, -1)}_`), /There is no run/);
    await assert.rejects(findRunId(db, 'nobody'), /There is no run nobody/);
  });
});

function commonBeginning(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
