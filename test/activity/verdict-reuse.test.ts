import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activitiesOf } from '../../src/activities/index.js';
import type { ActivityContext } from '../../src/activities/support/activity-context.js';
import type { LandResult } from '../../src/contract/payloads.js';
import { AgentSteps, requeuedIn } from '../support/agent-steps.js';
import { submits } from '../support/answers.js';
import { inActivity, useBench, type TestPlan, type TestRun } from '../support/activity-bench.js';

const FILES = { 'shared.txt': '1\n2\n3\n4\n5\n' };

/** The same tree is not tested twice, whichever worker asks. */
describe('reusing a verdict', () => {
  const bench = useBench();
  let runs = 0;

  /** Two tasks that touch one file, ready to land; each command run appends a line to a log. */
  const begin = async (setup?: string) => {
    const log = join(bench().folder, `commands-${++runs}`);
    const plan: TestPlan = {
      test: `echo "test $TZ" >> ${log}`,
      env: ['TZ'],
      retest: 'always',
      ...(setup === undefined ? {} : { setup }),
      tasks: ['one', 'two'].map((id) => ({ id, title: `Do ${id}`, files: ['shared.txt'] })),
    };
    const run = await bench().start(plan, FILES);
    const ready = async (id: string, content: string) => {
      const agent = new AgentSteps(run, id);
      bench().answer = () => submits({ path: 'shared.txt', action: 'modify', content });
      await agent.untilReady();
      return agent.candidate();
    };
    const candidates = [await ready('one', 'I\n2\n3\n4\n5\n'), await ready('two', '1\n2\n3\n4\nV\n')];
    return { run, candidates, log };
  };
  const at = (changes: Partial<ActivityContext>) => {
    const context = { ...bench().context, ...changes };
    return {
      ...inActivity(activitiesOf('workflow', context)),
      ...inActivity(activitiesOf('sandbox', context)),
    };
  };
  const inZone = (zone: string) => at({ env: { ...bench().context.env, TZ: zone } });
  const ranSince = (log: string, before: number) =>
    (existsSync(log) ? readFileSync(log, 'utf8') : '').split('\n').slice(before, -1);
  const testAll = (run: TestRun, worker: ReturnType<typeof at>, { untested }: LandResult) =>
    Promise.all(untested.map((merge) => worker.testMerge({ runId: run.id, ...merge, timeoutMs: 10_000 })));

  it('applies a merge’s verdict on every worker, whatever its environment', async () => {
    const { run, candidates, log } = await begin();
    const [berlin, tokyo] = [inZone('Europe/Berlin'), inZone('Asia/Tokyo')];
    const before = ranSince(log, 0).length;
    const first = await berlin.land({ runId: run.id, candidates });
    assert.deepEqual([first.landed, first.untested.length], [['one'], 1]);
    await testAll(run, tokyo, first);
    await testAll(run, berlin, first);
    const second = await berlin.land({ runId: run.id, candidates: candidates.slice(1) });
    assert.deepEqual([second.landed, second.untested], [['two'], []]);
    assert.deepEqual(ranSince(log, before), ['test Asia/Tokyo'], 'it was tested once');
  });

  it('requeues a merge whose set-up fails instead of asking for its test forever', async () => {
    const { run, candidates, log } = await begin('! grep I shared.txt || ! grep V shared.txt');
    const worker = at({});
    const before = ranSince(log, 0).length;
    const first = await worker.land({ runId: run.id, candidates });
    await testAll(run, worker, first);
    const second = await worker.land({ runId: run.id, candidates: candidates.slice(1) });
    assert.deepEqual([requeuedIn(second), second.untested], [['two'], []]);
    assert.deepEqual(ranSince(log, before), []);
  });

  it('does not apply a verdict in another environment', async () => {
    const { run, log } = await begin();
    const before = ranSince(log, 0).length;
    for (const worker of [inZone('Europe/Berlin'), inZone('Europe/Berlin'), inZone('Asia/Tokyo')]) {
      await worker.checkBase({ runId: run.id });
    }
    assert.deepEqual(ranSince(log, before), ['test Europe/Berlin', 'test Asia/Tokyo']);
  });
});
