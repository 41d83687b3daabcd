import assert from 'node:assert/strict';
import type { TaskRunInput, TurnInput } from '../../src/contract/payloads.js';
import { node } from '../support/graph.js';
import { landAll, landing, sha, stubs, submitted, untestedMerges } from '../support/lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';
import { taskId } from '../../src/contract/ids.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called } from '../support/workflow-bench.js';
import { eventually } from '../support/eventually.js';

describe('the merge queue', () => {
  const bench = useWorkflows();
  const requeue = (tip: number, ...ids: readonly string[]) =>
    landing(sha(tip), {
      // A draft with something of the work.
      requeued: ids.map((id) => ({ taskId: taskId(id), start: sha(tip), draft: sha(tip + 40) })),
    });

  it('requeues a task on the new tip with its draft after a conflict, without spending a correction', async () => {
    const turns: TurnInput[] = [];
    let landings = 0;
    const all = stubs([node('a')], () => ({
      turn: (input) => {
        turns.push(input);
        return Promise.resolve(submitted(input));
      },
      land: (input) => Promise.resolve(++landings === 1 ? requeue(5, 'a') : landAll(input, sha(6))),
    }));
    const lead = await bench().lead(all);
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.deepEqual(
      turns.map(({ turn, attempt, kind, work }) => [turn, attempt, kind, work]),
      [
        [1, 1, 'first', { start: sha(0), commit: sha(0), draft: sha(0) }],
        [2, 2, 'rebase', { start: sha(5), commit: sha(5), draft: sha(45) }],
      ],
    );
    const handle = bench().env.client.workflow.getHandle(`${lead.workflowId}/a/2`);
    assert.equal((await handle.describe()).status.name, 'COMPLETED');
    const { events } = await handle.fetchHistory();
    const data = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    const input = JSON.parse(Buffer.from(data ?? []).toString()) as Pick<TaskRunInput, 'progress'>;
    assert.deepEqual(
      [input.progress?.requeues, input.progress?.corrections, input.progress?.kind, input.progress?.work],
      [1, 0, 'rebase', { start: sha(5), commit: sha(5), draft: sha(45) }],
    );
  });

  it('tests merges in parallel, then lands the tasks that waited for them', async () => {
    const asked: string[] = [];
    const land: Activities['land'] = (input) => {
      asked.push(input.candidates.map((candidate) => candidate.taskId).join('+'));
      if (asked.length > 1) return Promise.resolve(landAll(input, sha(asked.length)));
      return Promise.resolve(untestedMerges(sha(1), input.candidates, sha(50)));
    };
    const all = stubs([node('a')], () => ({ land }));
    assert.deepEqual(await (await bench().lead(all)).result(), { status: 'completed' });
    assert.deepEqual(
      all.calls.filter((call) => /^(land|merge)/.test(call)),
      ['land a', 'merge a', 'land a'],
    );
  });

  it('is reserved for a task that was requeued twice until it lands', async () => {
    let requeues = 0;
    let thirdTurn: (() => void) | undefined;
    const third = new Promise<void>((resolve) => (thirdTurn = resolve));
    const all = stubs([node('unlucky'), node('other', { dependsOn: ['first'] }), node('first')], (made) => ({
      turn: async (input) => {
        const { taskId: id, turn } = input;
        // The others finish while the unlucky task runs its third attempt.
        if (id === 'unlucky' && turn === 3) await third;
        if (id !== 'unlucky') await called(made, 'turn unlucky 3');
        return submitted(input);
      },
      land: (input) => {
        const mine = input.candidates.some(({ taskId: id }) => id === 'unlucky');
        return Promise.resolve(
          mine && ++requeues <= 2 ? requeue(requeues, 'unlucky') : landAll(input, sha(9)),
        );
      },
    }));
    const lead = await bench().lead(all);
    await called(all, 'test first 1');
    // The task is ready now: the lead has answered a query since.
    const landing = async () => (await lead.query<{ landing: string[] }>('state')).landing;
    await eventually(async () => (await landing()).length > 0, 'it is ready');
    assert.ok(!all.calls.includes('land first'), 'it waits although the merge queue is free');
    thirdTurn?.();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.deepEqual(
      all.calls.filter((call) => call.startsWith('land')),
      ['land unlucky', 'land unlucky', 'land unlucky', 'land first', 'land other'],
    );
  });
});
