import assert from 'node:assert/strict';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { taskId } from '../../src/contract/ids.js';
import { gated, landAll, sha } from '../support/lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';
import { liveRecord } from '../support/live-record.js';
import {
  assertEachOnce,
  concurrently,
  FULL_AFTER_A_TASK,
  idsOf,
  NEVER_FULL,
  nodes,
  useContinueAsNew,
} from '../support/continue-as-new.js';
import { called } from '../support/workflow-bench.js';
import { eventually } from '../support/eventually.js';

describe('a lead with a long history', function () {
  this.timeout(120_000);
  const { bench, door } = useContinueAsNew();

  it('continues as new as often as needed, and runs each task once', async () => {
    const all = concurrently(liveRecord(nodes(24), { events: 60, bytes: 1e9 }), 3);
    assert.deepEqual(await (await bench().lead(all)).result(), { status: 'completed' });
    assertEachOnce(all, idsOf(24));
    assert.ok(door.continueAsNews >= 3, `${door.continueAsNews} renewals`);
    assert.equal(all.settings.status, 'completed');
  });

  it('continues as new when its history has too many bytes', async () => {
    const all = concurrently(liveRecord(nodes(6), { events: 1e9, bytes: 4_000 }), 2);
    assert.deepEqual(await (await bench().lead(all)).result(), { status: 'completed' });
    assertEachOnce(all, idsOf(6));
    assert.ok(door.continueAsNews >= 1);
  });

  it('follows the server’s suggestion between two tasks, and leaves no slot idle for it', async () => {
    const turns = gated('t1', 't2', 't3', 't4');
    // One task is always running: with two slots there is no idle moment.
    const all = concurrently(
      liveRecord(nodes(5), NEVER_FULL, (made) => ({
        turn: async (input) => {
          const next = taskId(`t${Number(input.taskId.slice(1)) + 1}`);
          if (input.taskId !== 't4') await called(made, `turn ${next} 1`);
          return turns.turn(input);
        },
      })),
      2,
    );
    for (const id of ['t1', 't2', 't3', 't4']) turns.open(id);
    await (await bench().lead(all)).result();
    assertEachOnce(all, idsOf(5));
    const busy = door.continueAsNews;
    const alone = concurrently(liveRecord(nodes(5), NEVER_FULL), 1);
    await (await bench().lead(alone)).result();
    assertEachOnce(alone, idsOf(5));
    assert.ok(door.continueAsNews > busy, 'one task after another: it continues as new between them');
    assert.ok(busy <= 1, `two tasks at a time: at most once, at the end, not ${busy} times`);
  });

  it('leaves a requeued task to the next lead, in the same conversation', async () => {
    const land: Activities['land'] = (input) => {
      const first = input.candidates.some(({ taskId: id, attempt }) => id === 't0' && attempt === 1);
      return Promise.resolve(
        first
          ? {
              tip: sha(5),
              landed: [],
              requeued: [{ taskId: taskId('t0'), start: sha(5), draft: sha(5) }],
              untested: [],
              asked: false,
            }
          : landAll(input, sha(6)),
      );
    };
    const all = concurrently(
      liveRecord(nodes(2), FULL_AFTER_A_TASK, () => ({ land })),
      1,
    );
    assert.deepEqual(await (await bench().lead(all)).result(), { status: 'completed' });
    const story = all.calls.filter((call) => /^(turn|land) t0/.test(call));
    assert.deepEqual(story, ['turn t0 1', 'land t0', 'turn t0 2', 'land t0']);
    assert.ok(door.continueAsNews > 0);
  });

  it('does not ask again about a finished branch that a person was asked about', async () => {
    let green = false;
    const all = liveRecord(nodes(1), NEVER_FULL, () => ({ verify: () => Promise.resolve(green) }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    for (let limit = 1; door.continueAsNews === 0; limit = (limit % 9) + 1) {
      await lead.executeUpdate('setConcurrency', { args: [limit] });
    }
    await called(all, 'load', 2);
    let state = { total: 0, done: 0 };
    // The new lead may be queried before it has loaded its graph.
    await eventually(async () => {
      state = await lead.query<typeof state>('state');
      return state.total > 0;
    }, 'the new lead has what it loads');
    assert.equal(state.done, 1, 'earlier completed tasks are counted');
    assert.equal(all.calls.filter((call) => call === 'verify').length, 1);
    green = true;
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.equal(all.calls.filter((call) => call === 'verify').length, 2);
  });

  it('answers every update of an endless series across all continue-as-new', async () => {
    const all = concurrently(liveRecord(nodes(16), FULL_AFTER_A_TASK), 2);
    const lead = await bench().lead(all);
    let open = true;
    const result = lead.result().finally(() => (open = false));
    const answers = { done: 0, refused: 0 };
    for (let at = 0; open; at++) {
      const name = at % 3 === 0 ? 'pause' : at % 3 === 1 ? 'resume' : 'setConcurrency';
      try {
        if (name === 'setConcurrency') await lead.executeUpdate(name, { args: [(at % 4) + 1] });
        else await lead.executeUpdate(name);
        answers.done++;
      } catch (error) {
        // The run has ended or cannot be paused any more: the update is refused, not lost.
        if (!(error instanceof WorkflowUpdateFailedError) && !(error instanceof WorkflowNotFoundError))
          throw error;
        answers.refused++;
      }
    }
    assert.deepEqual(await result, { status: 'completed' });
    assertEachOnce(all, idsOf(16));
    assert.ok(
      door.continueAsNews >= 4 && answers.done > 8,
      JSON.stringify({ ...answers, renewals: door.continueAsNews }),
    );
  });
});
