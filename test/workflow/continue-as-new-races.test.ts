import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { node } from '../support/graph.js';
import { begun, gated } from '../support/lead-stubs.js';
import { liveRecord, type LiveRecord } from '../support/live-record.js';
import {
  assertCancelled,
  assertEachOnce,
  concurrently,
  FULL_AFTER_A_TASK,
  idsOf,
  nodes,
  useContinueAsNew,
} from '../support/continue-as-new.js';
import { called, type LeadHandle } from '../support/workflow-bench.js';
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
  /** Waits until an update has been sent. Its answer comes only after the workflow task that the test delays. */
  const sent = async (update: Promise<unknown>) => {
    update.catch(() => undefined);
    await delay(300);
    // Wrapped in an object, so that the caller's `await` does not wait for the answer.
    return { done: update };
  };

  for (const moment of moments) {
    describe(MOMENT[moment], () => {
      it('receives an answer', async () => {
        const all = concurrently(
          liveRecord([node('asks'), ...nodes(2)], FULL_AFTER_A_TASK, () => ({
            turn: ({ taskId: id, turn }) =>
              Promise.resolve({ next: id === 'asks' && turn === 1 ? 'blocked' : 'apply' }),
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
        await called(all, 'report paused');
        await pause?.done;
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

  describe('while it waits for its last running tasks', () => {
    /** t0 has filled the history; t1 is the last running task. */
    async function draining(concurrency = 2): Promise<{
      readonly all: LiveRecord;
      readonly lead: LeadHandle;
      readonly end: () => void;
    }> {
      const turns = gated('t1');
      const all = concurrently(
        liveRecord(nodes(5), FULL_AFTER_A_TASK, (made) => ({
          turn: async (input) => {
            if (input.taskId === 't0') await called(made, 'turn t1 1');
            return turns.turn(input);
          },
        })),
        concurrency,
      );
      const lead = await bench().lead(all);
      await called(all, 'land t0');
      // The lead has seen the landing and started nothing in the free slot.
      const done = async () => (await lead.query<{ done: number }>('state')).done;
      await eventually(async () => (await done()) >= 1, 'the lead sees the landing');
      assert.deepEqual(begun(all).sort(), ['t0', 't1']);
      return { all, lead, end: () => turns.open('t1') };
    }

    it('starts no task, receives an answer and a new limit, and applies them afterwards', async () => {
      const { all, lead, end } = await draining();
      await lead.signal('refresh');
      await lead.executeUpdate('setConcurrency', { args: [1] });
      await called(all, 'load', 2);
      assert.deepEqual(begun(all).sort(), ['t0', 't1']);
      assert.equal(door.continueAsNews, 0);
      end();
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assertEachOnce(all, idsOf(5));
      assert.notEqual(door.continueAsNews, 0);
    });

    it('is paused and resumed, and lands what has become ready meanwhile', async () => {
      const { all, lead, end } = await draining();
      await lead.executeUpdate('pause');
      end();
      await bench().env.client.workflow.getHandle(`${lead.workflowId}/t1`).query('__stack_trace');
      await lead.executeUpdate('resume');
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assertEachOnce(all, idsOf(5));
    });

    it('is cancelled', async () => {
      const { all, lead, end } = await draining();
      await lead.cancel();
      end();
      await assertCancelled(lead);
      assert.equal(all.calls.at(-1), 'cancel');
      assert.equal(door.continueAsNews, 0);
    });
  });
});
