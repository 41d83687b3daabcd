import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { node } from '../support/graph.js';
import type { Activities } from '../../src/activities/index.js';
import { askedOr, begun, Gate, gated } from '../support/lead-stubs.js';
import { liveRecord, type LiveRecord } from '../support/live-record.js';
import {
  assertCancelled,
  assertEachOnce,
  concurrently,
  FULL_AFTER_A_TASK,
  idsOf,
  nodes,
  signalsOf,
  useContinueAsNew,
} from '../support/continue-as-new.js';
import { called, isCancelRequested, type LeadHandle } from '../support/workflow-bench.js';
import { eventually } from '../support/eventually.js';

describe('a command that arrives while a lead continues as new', function () {
  this.timeout(120_000);
  const { bench, door } = useContinueAsNew();

  /** The two moments that no client can aim at. */
  const moments = ['beforeContinueAsNew', 'afterContinueAsNew'] as const;
  const MOMENT = {
    beforeContinueAsNew: 'in the last workflow task of a lead',
    afterContinueAsNew: 'between a lead and the next',
  };

  /** Runs `act` once, at the first continue-as-new. */
  function once(moment: (typeof moments)[number], act: () => Promise<unknown>): void {
    door[moment] = async () => {
      door[moment] = undefined;
      await act();
    };
  }
  /** Time for an update to reach the server, also on a busy machine. One that comes later belongs to no lead. */
  const UNDER_WAY_MS = 1_500;
  /** Waits until an update has been sent. Its answer comes only after the workflow task that the test delays. */
  const sent = async (update: Promise<unknown>) => {
    update.catch(() => undefined);
    await delay(UNDER_WAY_MS);
    // Wrapped in an object, so that the caller's `await` does not wait for the answer.
    return { done: update };
  };

  for (const moment of moments) {
    describe(MOMENT[moment], () => {
      it('receives an answer', async () => {
        const all = concurrently(
          liveRecord([node('asks'), ...nodes(2)], FULL_AFTER_A_TASK, () => ({
            turn: (input) => Promise.resolve(askedOr(input.taskId === 'asks' && input.turn === 1, input)),
          })),
          1,
        );
        const lead = bench().lead(all);
        once(moment, async () => {
          all.answer('asks');
          await (await lead).signal('refresh');
        });
        assert.deepEqual(await (await lead).result(), { status: 'completed' });
        assert.ok(door.continueAsNews > 0 && all.calls.includes('turn asks 2'));
      });

      it('pauses, and stays paused until it is resumed', async () => {
        const all = concurrently(liveRecord(nodes(4), FULL_AFTER_A_TASK), 1);
        const lead = bench().lead(all);
        let pause: { readonly done: Promise<unknown> } | undefined;
        once(moment, async () => {
          pause = await sent((await lead).executeUpdate('pause'));
        });
        await eventually(() => pause !== undefined, 'the lead continues as new');
        // If it was refused, this says why.
        await pause?.done;
        await called(all, 'report paused');
        const { calls } = all;
        const [turns, state] = [begun(all).length, await (await lead).query<{ paused: boolean }>('state')];
        assert.equal(state.paused, true);
        await (await lead).executeUpdate('setConcurrency', { args: [2] });
        assert.equal(begun(all).length, turns, 'nothing starts');
        await (await lead).executeUpdate('resume');
        assert.deepEqual(await (await lead).result(), { status: 'completed' });
        assertEachOnce(all, idsOf(4));
        assert.ok(calls.indexOf('report running') > calls.indexOf('report paused'));
      });

      it('applies a new limit', async () => {
        const turns = gated('t1', 't2', 't3');
        const all = concurrently(
          liveRecord(nodes(4), FULL_AFTER_A_TASK, () => ({ turn: turns.turn })),
          1,
        );
        const lead = bench().lead(all);
        let limit: { readonly done: Promise<unknown> } | undefined;
        once(moment, async () => {
          limit = await sent((await lead).executeUpdate('setConcurrency', { args: [3] }));
        });
        // Without three tasks at the same time, this would wait forever.
        for (const id of ['t1', 't2', 't3']) await called(all, `turn ${id} 1`);
        await limit?.done;
        for (const id of ['t1', 't2', 't3']) turns.open(id);
        assert.deepEqual(await (await lead).result(), { status: 'completed' });
        assertEachOnce(all, idsOf(4));
      });

      it('is cancelled, and reports it once', async () => {
        const all = concurrently(liveRecord(nodes(6), FULL_AFTER_A_TASK), 1);
        const lead = bench().lead(all);
        once(moment, async () => {
          await (await lead).cancel();
        });
        await assertCancelled(await lead);
        assert.equal(all.calls.filter((call) => call === 'cancel').length, 1);
        assert.equal(all.calls.at(-1), 'cancel');
        assert.ok(begun(all).length < 6);
      });

      it('is cancelled also when a limit and an answer arrive with the cancel', async () => {
        const all = concurrently(liveRecord(nodes(6), FULL_AFTER_A_TASK), 1);
        const lead = bench().lead(all);
        once(moment, async () => {
          const handle = await lead;
          await handle.signal('refresh');
          await sent(handle.executeUpdate('setConcurrency', { args: [2] }));
          await handle.cancel();
        });
        await assertCancelled(await lead);
        assert.equal(all.calls.at(-1), 'cancel');
      });
    });
  }

  describe('while its tasks run', () => {
    /** t0 has filled the history while t1 was running: the next lead has adopted t1 and started t2. */
    async function handedOver(): Promise<{
      readonly all: LiveRecord;
      readonly lead: LeadHandle;
      readonly task: WorkflowHandle;
      readonly end: () => void;
    }> {
      const turns = gated('t1', 't2');
      const all = concurrently(
        liveRecord(nodes(5), FULL_AFTER_A_TASK, (made) => ({
          turn: async (input) => {
            if (input.taskId === 't0') await called(made, 'turn t1 1');
            return turns.turn(input);
          },
        })),
        2,
      );
      const lead = await bench().lead(all);
      await called(all, 'turn t2 1');
      assert.ok(door.continueAsNews > 0, 'it did not wait for t1');
      assert.deepEqual(begun(all).sort(), ['t0', 't1', 't2']);
      const task = bench().env.client.workflow.getHandle(`${lead.workflowId}/t1`);
      await eventually(async () => (await signalsOf(task)).includes('adoptTask false'), 't1 is adopted');
      return { all, lead, task, end: () => ['t1', 't2'].forEach((id) => turns.open(id)) };
    }

    it('hands them to the next lead, which goes on and lands them', async () => {
      const { all, lead, end } = await handedOver();
      end();
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assertEachOnce(all, idsOf(5));
    });

    it('starts new ones while it still adopts those that run', async () => {
      const running = idsOf(61).slice(1);
      const turns = gated(...running, 't61');
      const all = concurrently(
        liveRecord(nodes(62), FULL_AFTER_A_TASK, (made) => ({
          turn: async (input) => {
            if (input.taskId === 't0') for (const id of running) await called(made, `turn ${id} 1`);
            return turns.turn(input);
          },
        })),
        61,
      );
      const lead = await bench().lead(all);
      await called(all, 'turn t61 1');
      const client = bench().env.client.workflow;
      const { events = [] } = await client.getHandle(lead.workflowId).fetchHistory();
      const adoptions = (events ?? []).flatMap((event, at) =>
        event.signalExternalWorkflowExecutionInitiatedEventAttributes ? [at] : [],
      );
      const start = (events ?? []).findIndex(
        (event) => event.startChildWorkflowExecutionInitiatedEventAttributes,
      );
      const before = adoptions.filter((at) => at < start).length;
      assert.ok(before < running.length, `${before} adoptions before the start`);
      for (const id of [...running, 't61']) turns.open(id);
      await lead.cancel();
      await assertCancelled(lead);
    });

    it('does not try it again in the workflow task in which it learns of all that arrived meanwhile', async () => {
      const running = idsOf(16).slice(1);
      const ending = running.slice(1);
      const turns = gated(...running);
      const all = concurrently(
        liveRecord(nodes(16), FULL_AFTER_A_TASK, (made) => ({
          turn: async (input) => {
            if (input.taskId === 't0') for (const id of running) await called(made, `turn ${id} 1`);
            return turns.turn(input);
          },
        })),
        16,
      );
      const lead = await bench().lead(all);
      const client = bench().env.client.workflow;
      once('beforeContinueAsNew', async () => {
        for (const id of ending) turns.open(id);
        for (const id of ending) await client.getHandle(`${lead.workflowId}/${id}`).result();
        // The children's ends reach the lead in a moment.
        await delay(500);
      });
      await eventually(() => door.continueAsNews >= 2, 'the lead continues as new');
      turns.open('t1');
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assertEachOnce(all, idsOf(16));
      assertCalm(await bench().histories(lead));
    });

    it('does not try it again at once either after it has waited for an update', async () => {
      const running = idsOf(36).slice(1);
      const [last, ...ending] = running;
      const tests = new Map(running.map((id) => [id, new Gate()]));
      const [landing, pausing, resuming] = [new Gate(), new Gate(), new Gate()];
      const all = concurrently(liveRecord(nodes(36), FULL_AFTER_A_TASK), 36);
      const { land, reportRun, test } = all.activities;
      const activities: Activities = {
        ...all.activities,
        test: async (input) => {
          if (input.taskId === 't0') for (const id of running) await called(all, `turn ${id} 1`);
          // A test ends also while the run is paused.
          await tests.get(input.taskId)?.pass();
          return test(input);
        },
        land: async (input) => {
          all.calls.push('a landing begins');
          await landing.pass();
          return land(input);
        },
        reportRun: async (input) => {
          all.calls.push(`begin to report ${input.status}`);
          if (input.status === 'paused') await pausing.pass();
          else if (all.calls.includes('report paused')) await resuming.pass();
          return reportRun(input);
        },
      };
      const lead = await bench().lead({ activities });
      const client = bench().env.client.workflow;
      await called(all, 'a landing begins');
      const updates = [lead.executeUpdate('pause')];
      await called(all, 'begin to report paused');
      updates.push(lead.executeUpdate('resume'));
      door.beforeContinueAsNew = async () => {
        const batch = ending.splice(0, 17);
        for (const id of batch) tests.get(id)?.open();
        for (const id of batch) await client.getHandle(`${lead.workflowId}/${id}`).result();
        // The children's ends reach the lead in a moment.
        if (batch.length > 0) await delay(500);
      };
      landing.open();
      await delay(500);
      pausing.open();
      await called(all, 'begin to report running', 2);
      await delay(500);
      resuming.open();
      await eventually(() => ending.length === 0, 'the lead tries to continue as new');
      if (last !== undefined) tests.get(last)?.open();
      await Promise.all(updates);
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assertCalm(await bench().histories(lead));
    });

    it('receives an answer and a new limit', async () => {
      const { all, lead, end } = await handedOver();
      const loads = all.calls.filter((call) => call === 'load').length;
      await lead.signal('refresh');
      await lead.executeUpdate('setConcurrency', { args: [1] });
      await called(all, 'load', loads + 1);
      assert.equal(begun(all).length, 3, 'adopted tasks hold their slots');
      end();
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assertEachOnce(all, idsOf(5));
    });

    it('is paused and resumed, with the tasks that it adopted', async () => {
      const { all, lead, task, end } = await handedOver();
      await lead.executeUpdate('pause');
      await eventually(
        async () => (await signalsOf(task)).some((signal) => / true$/.test(signal)),
        't1 is paused',
      );
      end();
      await task.query('__stack_trace');
      assert.ok(!all.calls.includes('test t1 1'), 'a paused task does not go on');
      await lead.executeUpdate('resume');
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assertEachOnce(all, idsOf(5));
    });

    it('is cancelled, with the tasks that it adopted', async () => {
      const { all, lead, task, end } = await handedOver();
      await lead.cancel();
      await eventually(() => isCancelRequested(task), 't1 is cancelled');
      end();
      await assertCancelled(lead);
      assert.equal(all.calls.at(-1), 'cancel', 'no task writes after that');
      assert.equal((await task.describe()).status.name, 'CANCELLED');
      assert.ok(!all.calls.includes('land t1'));
    });

    it('is cancelled while an adopted task ends', async () => {
      const { all, lead, end } = await handedOver();
      end();
      await lead.cancel();
      await assertCancelled(lead);
      assert.equal(all.calls.at(-1), 'cancel', 'no task writes after that');
    });

    it('records the failure of an adopted task that was cancelled separately', async () => {
      const { all, lead, task, end } = await handedOver();
      await task.cancel();
      end();
      assert.deepEqual(await lead.result(), { status: 'failed' });
      assert.ok(all.calls.some((call) => call.startsWith('fail t1: The task was cancelled in Temporal')));
    });

    /** Completes a run of which a task ends before the next lead can adopt it. @param how it ends in the record */
    const endsBeforeAdoption = async (how: 'pass' | 'release') => {
      const turns = gated('t1');
      const all = concurrently(
        liveRecord(nodes(4), FULL_AFTER_A_TASK, (made) => ({
          turn: async (input) => {
            if (input.taskId === 't0') await called(made, 'turn t1 1');
            return turns.turn(input);
          },
        })),
        2,
      );
      const started = bench().lead(all);
      once('afterContinueAsNew', async () => {
        // As if its workflow had ended: at this moment no worker gets a task for it.
        all[how]('t1');
        const { workflowId } = await started;
        await bench().env.client.workflow.getHandle(`${workflowId}/t1`).terminate();
        turns.open('t1');
      });
      assert.deepEqual(await (await started).result(), { status: 'completed' });
      return all;
    };

    it('reads from the record how a task has ended before it could be adopted', async () => {
      const all = await endsBeforeAdoption('pass');
      assertEachOnce(all, idsOf(4));
    });

    it('goes on with a task that waited on the run, when the answer came before it could be adopted', async () => {
      const all = await endsBeforeAdoption('release');
      assert.ok(!all.calls.some((call) => call.startsWith('fail')), 'the record would still say blocked');
      assert.equal(all.nodeOf('t1').status, 'completed');
    });

    it('fails a task that was terminated before it could be adopted', async () => {
      const turns = gated('t1');
      const all = concurrently(
        liveRecord(nodes(4), FULL_AFTER_A_TASK, (made) => ({
          turn: async (input) => {
            if (input.taskId === 't0') await called(made, 'turn t1 1');
            return turns.turn(input);
          },
        })),
        2,
      );
      const started = bench().lead(all);
      once('afterContinueAsNew', async () => {
        const { workflowId } = await started;
        await bench().env.client.workflow.getHandle(`${workflowId}/t1`).terminate();
      });
      const lead = await started;
      await called(all, 'fail t1: Its workflow was ended in Temporal.');
      turns.open('t1');
      assert.deepEqual(await lead.result(), { status: 'failed' });
    });
  });
});

/** Asserts that the server has refused a continue-as-new, and that a workflow task came before each next try. */
function assertCalm(leads: readonly { readonly history: History }[]): void {
  const refused = leads.filter(({ history: { events } }) => {
    const tasks = (events ?? []).flatMap((event) => {
      if (event.workflowTaskFailedEventAttributes) return ['refused'];
      return event.workflowTaskCompletedEventAttributes ? ['completed'] : [];
    });
    // The last one is the one that continues as new.
    assert.doesNotMatch(tasks.join(' '), /refused refused|refused completed$/);
    return tasks.includes('refused');
  });
  assert.equal(refused.length, 1);
}
