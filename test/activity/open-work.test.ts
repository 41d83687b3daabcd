import assert from 'node:assert/strict';
import { hasOpenWork } from '../../src/db/open-work.js';
import { renewLease } from '../../src/db/workers.js';
import { useBench } from '../support/activity-bench.js';

describe('open work, which keeps a stack running without a client', () => {
  const bench = useBench();
  const open = () => hasOpenWork(bench().url);

  it('includes a paused run until its running activities have ended', async () => {
    const run = await bench().start(
      { test: 'true', tasks: [{ id: 'sum', title: 'Sum' }] },
      { 'a.txt': 'a\n' },
    );
    assert.ok(await open(), 'while the run is running');
    await run.record.reportRun({ runId: run.id, status: 'paused' });
    const paused = (ago: string) =>
      bench().db.pool.query(
        `UPDATE runs SET fence_at = extract(epoch FROM now() - $2::interval) * 1000 WHERE id = $1`,
        [run.id, ago],
      );
    await paused('1 s');
    assert.ok(await open(), 'until its workers have reported their running activities');
    await paused('1 min');
    assert.equal(await open(), false);

    const { worker } = bench().context;
    await renewLease(bench().db.pool, worker.id, 60_000, 1);
    assert.ok(await open(), 'while an activity is running');
    await bench().expire(bench().context);
    assert.equal(await open(), false, 'not for a dead worker');
    await renewLease(bench().db.pool, worker.id, 60_000, 0);
    assert.equal(await open(), false, 'nor once the activity has ended');
  });
});
