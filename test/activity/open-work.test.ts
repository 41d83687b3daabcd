import assert from 'node:assert/strict';
import { hasOpenWork } from '../../src/db/open-work.js';
import { renewLease } from '../../src/db/workers.js';
import { useBench } from '../support/workplace.js';

describe('a stack that nobody holds', () => {
  const bench = useBench();
  const open = () => hasOpenWork(bench().url);

  it('stays for a paused run until all that it has begun has ended', async () => {
    const run = await bench().start(
      { test: 'true', tasks: [{ id: 'sum', title: 'Sum' }] },
      { 'a.txt': 'a\n' },
    );
    assert.ok(await open(), 'while the run goes on');
    await run.record.reportRun({ runId: run.id, status: 'paused' });
    const paused = (ago: string) =>
      bench().db.pool.query(
        `UPDATE runs SET fence_at = extract(epoch FROM now() - $2::interval) * 1000 WHERE id = $1`,
        [run.id, ago],
      );
    await paused('1 s');
    assert.ok(await open(), 'until its workers have said what is under way');
    await paused('1 min');
    assert.equal(await open(), false);

    const { worker } = bench().place;
    await renewLease(bench().db.pool, worker.id, 60_000, 1);
    assert.ok(await open(), 'while something is under way');
    await bench().expire(bench().place);
    assert.equal(await open(), false, 'not for a worker that is gone');
    await renewLease(bench().db.pool, worker.id, 60_000, 0);
    assert.equal(await open(), false, 'nor once it has ended');
  });
});
