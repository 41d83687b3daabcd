import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { TASK_QUEUES, type HistoryLimits } from '../../src/contract/payloads.js';
import { Gate, gated } from '../support/lead-stubs.js';
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

/** While a lead waits for a calm moment, and for its next step in a replay or until it has continued as new. */
const HELD = { calming: 1_500, step: 300 };

describe('a lead with a long history whose tasks run', function () {
  this.timeout(120_000);
  const { bench, door } = useContinueAsNew();
  beforeEach(() => bench().holds.splice(0));

  /** Starts a lead of which one task lands while the others wait in their turns. */
  async function withRunningTasks(count: number, full: Omit<HistoryLimits, 'mostEvents'>) {
    const running = idsOf(count).slice(1);
    const turns = gated(...running);
    const all = concurrently(
      liveRecord(nodes(count), full, (made) => ({
        turn: async (input) => {
          if (input.taskId === 't0') for (const id of running) await called(made, `turn ${id} 1`);
          return turns.turn(input);
        },
      })),
      count,
    );
    const end = () => running.forEach((id) => turns.open(id));
    return { all, end, lead: await bench().lead(all) };
  }

  /** What happened to the timers of a lead, and the other events that tests look for. */
  const stepsOf = ({ events }: History): string[] =>
    (events ?? []).flatMap((event) => {
      if (event.timerStartedEventAttributes) return ['waits'];
      if (event.timerFiredEventAttributes) return ['has waited'];
      if (event.timerCanceledEventAttributes) return ['is woken'];
      if (event.childWorkflowExecutionTerminatedEventAttributes) return ['task terminated'];
      return [];
    });

  const firstHistoryOf = async (lead: Parameters<ReturnType<typeof bench>['histories']>[0]) => {
    const [first] = await bench().histories(lead);
    assert.ok(first, 'a first lead');
    return first.history;
  };

  it('waits once when nothing arrives, and holds its tasks back until it has continued as new', async () => {
    const { all, lead, end } = await withRunningTasks(3, FULL_AFTER_A_TASK);
    await eventually(() => door.continueAsNews === 1, 'the lead continues as new');
    const holds = [...bench().holds];
    end();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assertEachOnce(all, idsOf(3));
    assert.deepEqual(holds, [HELD.calming, HELD.step]);
    assert.deepEqual(stepsOf(await firstHistoryOf(lead)), ['waits', 'has waited']);
  });

  it('waits twice when something arrives each time, and then is content with little', async () => {
    const { all, lead, end } = await withRunningTasks(2, FULL_AFTER_A_TASK);
    door.beforeTimer = async () => {
      // The next lead waits for other reasons.
      if (door.continueAsNews === 0) await lead.signal('refresh');
    };
    await eventually(() => door.continueAsNews >= 1, 'the lead continues as new');
    end();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assertEachOnce(all, idsOf(2));
    const patient = Array.from({ length: 2 }, () => ['waits', 'has waited']).flat();
    assert.deepEqual(stepsOf(await firstHistoryOf(lead)), [...patient, 'waits', 'is woken']);
  });

  it('continues as new although much arrives each time', async () => {
    const { all, lead, end } = await withRunningTasks(2, FULL_AFTER_A_TASK);
    door.beforeTimer = async () => {
      for (let change = 0; door.continueAsNews === 0 && change < 15; change++) await lead.signal('refresh');
    };
    await eventually(() => door.continueAsNews >= 1, 'the lead continues as new');
    end();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assertEachOnce(all, idsOf(2));
  });

  it('begins to wait anew after it had to wait for something else', async () => {
    const { all, lead, end } = await withRunningTasks(3, FULL_AFTER_A_TASK);
    const recorded = new Gate();
    const { failTask } = all.activities;
    all.activities = {
      ...all.activities,
      failTask: async (input) => {
        await recorded.pass();
        await failTask(input);
      },
    };
    door.beforeTimer = async () => {
      door.beforeTimer = undefined;
      await bench().env.client.workflow.getHandle(`${lead.workflowId}/t1`).terminate();
      // The child's end reaches the lead in a moment.
      await delay(500);
    };
    await eventually(
      async () => stepsOf(await lead.fetchHistory()).includes('has waited'),
      'the lead has waited',
    );
    assert.equal(door.continueAsNews, 0, 'it does not hand over a task whose end is not recorded');
    recorded.open();
    await eventually(() => door.continueAsNews >= 1, 'the lead continues as new');
    end();
    assert.deepEqual(await lead.result(), { status: 'failed' });
    const steps = ['waits', 'task terminated', 'has waited', 'waits', 'has waited'];
    assert.deepEqual(stepsOf(await firstHistoryOf(lead)), steps);
  });

  it('holds its tasks back while it is replayed, and at no other time before its history is full', async () => {
    const { all, lead, end } = await withRunningTasks(3, NEVER_FULL);
    await called(all, 'land t0');
    assert.deepEqual(bench().holds, []);
    await bench().replace(TASK_QUEUES.workflow);
    end();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(bench().holds.length > 0, 'held back during the replay');
    assert.deepEqual([...new Set(bench().holds)], [HELD.step]);
  });
});
