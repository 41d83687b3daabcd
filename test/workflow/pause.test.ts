import assert from 'node:assert/strict';
import { FRESH_COUNTS } from '../../src/contract/payloads.js';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { node } from '../support/graph.js';
import { Gate, landAll, sha, stubs, submitted, untestedMerges, type Stubs } from '../support/lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called, type LeadHandle } from '../support/workflow-bench.js';

/** Stubs of two tasks, `b` after `a`, in which the named activity waits at the gate. */
function stubsStoppedAt(name: keyof Activities, gate: Gate): Stubs {
  const pass = async () => gate.pass();
  let landings = 0;
  return stubs([node('a'), node('b', { dependsOn: ['a'] })], (made) => {
    const stopped: Partial<Activities> = {
      checkBase: () => pass().then(() => true),
      turn: (input) => pass().then(() => submitted(input)),
      test: () => pass().then(() => ({ next: 'land' as const })),
      land: (input) => pass().then(() => landAll(input, sha(++landings))),
      testMerge: () => pass().then(() => null),
      verify: () => pass().then(() => true),
    };
    // A merge is tested only when a landing asks for it.
    const asksForTest: Activities['land'] = (input) =>
      Promise.resolve(
        made.calls.includes('merge a')
          ? landAll(input, sha(++landings))
          : untestedMerges(sha(0), input.candidates, sha(50)),
      );
    return { [name]: stopped[name], ...(name === 'testMerge' ? { land: asksForTest } : {}) };
  });
}

describe('a pause', () => {
  const bench = useWorkflows();

  /** Waits until no activity is running and every result has been processed. */
  const untilIdle = async (lead: LeadHandle) => {
    const { client } = bench().env;
    const all = [lead.workflowId, `${lead.workflowId}/a`].map((id) => client.workflow.getHandle(id));
    const idle = async (handle: (typeof all)[number]) => {
      const described = await handle.describe().catch(() => null);
      // The query is answered after all earlier events; a task that has not started has no workflow.
      await handle.query('__stack_trace').catch(() => undefined);
      return described === null || (described.raw.pendingActivities ?? []).length === 0;
    };
    // Twice in a row: an activity that had ended at the first check may have started the next one.
    for (let looks = 0; looks < 2;) {
      const found = await Promise.all(all.map(idle));
      looks = found.every(Boolean) ? looks + 1 : 0;
      await delay(20);
    }
  };

  const states: [keyof Activities, string][] = [
    ['checkBase', 'base'],
    ['turn', 'turn a 1'],
    ['test', 'test a 1'],
    ['land', 'land a'],
    ['testMerge', 'merge a'],
    ['verify', 'verify'],
  ];
  for (const [name, call] of states) {
    it(`lets the running activity end (${name}), starts no other, and continues there after the resume`, async () => {
      const gate = new Gate();
      const all = stubsStoppedAt(name, gate);
      const lead = await bench().lead(all);
      await called(all, call);
      const before = all.calls.length;
      await lead.executeUpdate('pause');
      gate.open();
      await untilIdle(lead);
      assert.deepEqual(all.calls.slice(before), ['report paused']);
      await assert.rejects(
        lead.executeUpdate('pause'),
        saying(lead, 'The run RUN is paused already. Continue it with:  leadwright resume RUN'),
      );
      await lead.executeUpdate('resume');
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assert.equal(all.calls.filter((each) => each === call).length, 1, 'nothing is repeated');
      assert.ok(all.calls.includes('land b'));
    });
  }

  it('starts neither the task that must run alone nor the one behind it', async () => {
    const gate = new Gate();
    const all = stubs(
      [node('a', { priority: 0 }), node('alone', { canParallelize: false, priority: 1 }), node('c')],
      () => ({ test: () => gate.pass().then(() => ({ next: 'land' as const })) }),
    );
    const lead = await bench().lead(all);
    await called(all, 'test a 1');
    await lead.executeUpdate('pause');
    gate.open();
    await untilIdle(lead);
    assert.ok(!all.calls.some((call) => /alone|turn c|land/.test(call)), all.calls.join());
    await lead.executeUpdate('resume');
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });

  it('in the record stops the next lead too, including its check of the base', async () => {
    const all = stubs([node('a')]);
    all.settings = { ...all.settings, status: 'paused' };
    const lead = await bench().lead(all, undefined, false);
    await called(all, 'load');
    await untilIdle(lead);
    assert.deepEqual(all.calls, ['load']);
    await lead.executeUpdate('resume');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.equal(all.calls.filter((call) => call === 'base').length, 1);
  });

  it('is refused when it comes while the run’s end is being recorded, and the run ends', async () => {
    const gate = new Gate();
    const all = stubs([node('a')], () => ({
      reportRun: async ({ status }) => {
        if (status === 'completed') await gate.pass();
        return status;
      },
    }));
    const lead = await bench().lead(all);
    await called(all, 'report completed');
    await assert.rejects(
      lead.executeUpdate('pause'),
      saying(lead, 'The run RUN is completed: it has ended, and there is nothing to pause.'),
    );
    gate.open();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(!all.calls.includes('report paused'));
  });

  it('is refused when it comes while a red base fails the run, and the run ends', async () => {
    const all = stubs([node('a')], (made) => ({
      // The failure is in the record before the lead knows it.
      checkBase: () => called(made, 'report paused').then(() => false),
      reportRun: () => Promise.resolve('failed'),
    }));
    const lead = await bench().lead(all);
    await called(all, 'base');
    await assert.rejects(
      lead.executeUpdate('pause'),
      saying(lead, 'The run RUN is failed: it has ended, and there is nothing to pause.'),
    );
    assert.deepEqual(await lead.result(), { status: 'failed' });
  });

  it('stays in force during a cancel, which starts nothing', async () => {
    const all = stubs([node('a')], () => ({
      turn: () => Promise.resolve({ next: 'continue', counts: FRESH_COUNTS }),
    }));
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await lead.executeUpdate('pause');
    await untilIdle(lead);
    const before = all.calls.length;
    await lead.cancel();
    await assert.rejects(lead.result());
    assert.deepEqual(all.calls.slice(before), ['cancel']);
  });
});

function saying({ workflowId }: LeadHandle, text: string) {
  const message = text.replaceAll('RUN', workflowId.replace(/^.*\//, ''));
  return (error: unknown): boolean => {
    assert.ok(error instanceof WorkflowUpdateFailedError);
    assert.equal(error.cause?.message, message);
    return true;
  };
}
