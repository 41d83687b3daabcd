import assert from 'node:assert/strict';
import { turn } from '../../src/activities/turn.js';
import { taskId } from '../../src/contract/ids.js';
import { fails, writes } from '../support/answers.js';
import { node } from '../support/graph.js';
import { stubs } from '../support/lead-stubs.js';
import { useWorkflows } from '../support/use-workflows.js';
import { useBench } from '../support/activity-bench.js';

/**
 * An hour of overload at Temporal's slowest pace, one try per minute. Here the provider asks for a twentieth
 * of a second instead.
 */
const TRIES = 60;
const RETRY_AFTER_S = 0.05;

describe('an overload of an hour', () => {
  const workflows = useWorkflows();
  const bench = useBench();

  it('delays the task but does not fail it: one answer, one bill', async () => {
    const run = await bench().start({ test: 'true', tasks: [{ id: 'sum', title: 'Sum' }] }, { a: 'a\n' });
    let requests = 0;
    bench().answer = () =>
      ++requests <= TRIES ? fails(requests % 2 === 0 ? 429 : 529, RETRY_AFTER_S) : writes({ b: 'b\n' });
    // The real workflow, server and turn; the other activities are stubs.
    const all = stubs([node('a')], () => ({
      turn: (input) =>
        turn(bench().context, {
          ...input,
          runId: run.id,
          taskId: taskId('sum'),
          work: { start: run.base, commit: run.base, draft: run.base },
        }),
    }));
    const outcome = await workflows().task(all);

    assert.equal(outcome.kind, 'ready');
    assert.equal(requests, TRIES + 1);
    assert.deepEqual(all.calls.slice(-1), ['test a 1']);
    const { usage } = await run.view();
    assert.equal(usage.modelCalls, 1);
    assert.equal(usage.possiblyBilled.calls, 0, 'a refused call is not billed');
    assert.equal((await run.events('model.call')).length, 1);
    const asked = bench().model.requests.map(({ body }) => JSON.stringify(body.messages));
    assert.equal(new Set(asked).size, 1, 'the conversation did not change meanwhile');
  }).timeout(180_000);
});
