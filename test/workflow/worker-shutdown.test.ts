import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { turn } from '../../src/activities/turn.js';
import { taskId } from '../../src/contract/ids.js';
import { TASK_QUEUES } from '../../src/contract/payloads.js';
import { writes } from '../support/answers.js';
import { node } from '../support/graph.js';
import { stubs } from '../support/lead-stubs.js';
import { useWorkflows } from '../support/use-workflows.js';
import { useBench } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';

/** Longer than any test waits: the work ends only when something ends it. */
const NEVER = 300_000;

describe('a worker that shuts down', () => {
  const workflows = useWorkflows();
  const bench = useBench();

  it('hands its model call over to another worker, without a failure or a cancellation', async () => {
    const run = await bench().start({ test: 'true', tasks: [{ id: 'sum', title: 'Sum' }] }, { a: 'a\n' });
    const { model } = bench();
    bench().answer = () =>
      model.requests.length === 1 ? { text: 'too late', delay: NEVER } : writes({ b: 'b\n' });
    const [first, second] = [bench().context, await bench().anotherWorker()];
    const attempts: number[] = [];
    // The real workflow, server and turn; the other activities are stubs.
    const all = stubs([node('a')], () => ({
      turn: (input) => {
        const { attempt } = Context.current().info;
        attempts.push(attempt);
        const context = attempt === 1 ? first : second;
        return turn(context, {
          ...input,
          runId: run.id,
          taskId: taskId('sum'),
          work: { start: run.base, commit: run.base, draft: run.base },
        });
      },
    }));
    const outcome = workflows().task(all);
    await eventually(() => model.requests.length > 0, 'the model is asked');
    await workflows().replace(TASK_QUEUES.model);

    assert.equal((await outcome).kind, 'ready');
    assert.deepEqual(attempts, [1, 2]);
    assert.deepEqual(all.calls.slice(-1), ['test a 1']);
    assert.deepEqual(
      model.requests.map((request) => request.outcome),
      ['abandoned', 'answered'],
    );
    const { status, usage } = await run.view();
    assert.equal(status, 'running');
    assert.deepEqual([usage.modelCalls, usage.possiblyBilled.calls], [1, 1]);
    assert.deepEqual(await run.story('sum'), ['task.status in_progress', 'model.call', 'changes.applied']);
  }).timeout(120_000);
});
