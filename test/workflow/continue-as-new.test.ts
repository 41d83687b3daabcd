import assert from 'node:assert/strict';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { taskId } from '../../src/contract/ids.js';
import { sendUpdate } from '../../src/runs/control/send-update.js';
import { node } from '../support/graph.js';
import { gated, landAll, landing, sha, stubs, submitted } from '../support/lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';
import { liveRecord } from '../support/live-record.js';
import {
  assertCancelled,
  assertEachOnce,
  concurrently,
  FULL_AFTER_A_TASK,
  idsOf,
  NEVER_FULL,
  nodes,
  signalsOf,
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
          ? landing(sha(5), { requeued: [{ taskId: taskId('t0'), start: sha(5), draft: sha(5) }] })
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
        await sendUpdate(() =>
          name === 'setConcurrency'
            ? lead.executeUpdate(name, { args: [(at % 4) + 1] })
            : lead.executeUpdate(name),
        );
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

describe('a task with a long history', function () {
  this.timeout(120_000);
  const { bench, door } = useContinueAsNew();
  const CORRECTIONS = 9;
  const ATTEMPTS = Array.from({ length: CORRECTIONS + 1 }, (_, at) => at + 1);

  /** A task whose tests fail until its last correction. */
  const task = (changes: Partial<Activities> = {}) =>
    stubs([node('t0')], (made) => {
      made.settings = { ...made.settings, maxCorrections: CORRECTIONS };
      return {
        test: ({ corrections }) =>
          Promise.resolve(corrections < CORRECTIONS ? { next: 'correct' } : { next: 'land' }),
        ...changes,
      };
    });

  it('continues as new between two attempts, and goes on with the same conversation', async () => {
    const starts: string[] = [];
    const all = task({
      turn: (input) => {
        starts.push(`${input.kind} ${input.work.commit}, ${input.maxCorrections - input.corrections} left`);
        return Promise.resolve(submitted(input));
      },
    });
    const lead = await bench().lead(all);
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(door.continueAsNews >= 2, `${door.continueAsNews} renewals`);
    assert.deepEqual(
      all.calls.filter((call) => /^(turn|test|land) /.test(call)),
      [...ATTEMPTS.flatMap((at) => [`turn t0 ${at}`, `test t0 ${at}`]), 'land t0'],
    );
    assert.deepEqual(
      starts,
      ATTEMPTS.map((at) =>
        at === 1
          ? `first ${sha(0)}, ${CORRECTIONS} left`
          : `correction ${sha(999 + at)}, ${CORRECTIONS + 1 - at} left`,
      ),
    );
  });

  it('is paused across it', async () => {
    const all = task();
    const lead = await bench().lead(all);
    let paused = false;
    door.beforeContinueAsNew = async () => {
      door.beforeContinueAsNew = undefined;
      await bench().env.client.workflow.getHandle(`${lead.workflowId}/t0`).signal('pauseTask', true);
      paused = true;
    };
    await eventually(() => paused && door.continueAsNews > 0, 'it continues as new');
    const handle = bench().env.client.workflow.getHandle(`${lead.workflowId}/t0`);
    await handle.query('__stack_trace');
    assert.match(all.calls.at(-1) ?? '', /^test t0/, 'a paused task does not go on');
    await handle.signal('pauseTask', false);
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });

  it('is cancelled with its run when it is about to', async () => {
    const all = task();
    const lead = await bench().lead(all);
    door.beforeContinueAsNew = async () => {
      door.beforeContinueAsNew = undefined;
      await lead.cancel();
    };
    await assertCancelled(lead);
    assert.equal(all.calls.at(-1), 'cancel', 'no task writes after that');
    assert.ok(!all.calls.includes('land t0'));
  });

  it('reports its end to the lead that has adopted it before', async () => {
    // t0 fills the lead's history while t1 is at its first turn; the next lead adopts t1.
    const turns = gated('t1');
    const failing = liveRecord(nodes(2), FULL_AFTER_A_TASK, (made) => ({
      turn: async (input) => {
        if (input.taskId === 't0') await called(made, 'turn t1 1');
        return turns.turn(input);
      },
    }));
    const all = concurrently(failing, 2);
    const { test } = all.activities;
    all.settings = { ...all.settings, maxCorrections: CORRECTIONS };
    all.activities = {
      ...all.activities,
      test: (input) =>
        input.taskId === 't1' && input.corrections < CORRECTIONS
          ? Promise.resolve({ next: 'correct' })
          : test(input),
    };
    const lead = await bench().lead(all);
    const adopted = bench().env.client.workflow.getHandle(`${lead.workflowId}/t1`);
    await called(all, 'turn t1 1');
    await eventually(async () => (await signalsOf(adopted)).includes('adoptTask false'), 't1 is adopted');
    const before = door.continueAsNews;
    turns.open('t1');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(door.continueAsNews - before >= 2, `${door.continueAsNews - before} renewals`);
    assert.ok(all.calls.includes('land t1'));
  });
});
