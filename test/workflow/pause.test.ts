import assert from 'node:assert/strict';
import { FRESH_COUNTS } from '../../src/contract/payloads.js';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { node } from '../support/graph.js';
import { Gate, landAll, sha, stubs, type Stubs } from '../support/lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called, type LeadHandle } from '../support/workflow-bench.js';

/** The activities of two tasks, `b` after `a`, each held by its gate. */
function held(name: keyof Activities, gate: Gate): Stubs {
  const pass = async () => gate.pass();
  let landings = 0;
  return stubs([node('a'), node('b', { dependsOn: ['a'] })], (made) => {
    const held: Partial<Activities> = {
      checkBase: () => pass().then(() => true),
      turn: () => pass().then(() => ({ next: 'apply' as const })),
      apply: ({ attempt }) => pass().then(() => ({ next: 'test' as const, commit: sha(1_000 + attempt) })),
      test: () => pass().then(() => ({ next: 'land' as const })),
      land: (input) => pass().then(() => landAll(input, sha(++landings))),
      testMerge: pass,
      verify: () => pass().then(() => true),
    };
    // A merge is tested where a landing asked for it.
    const asksForTest: Activities['land'] = (input) =>
      Promise.resolve(
        made.calls.includes('merge a')
          ? landAll(input, sha(++landings))
          : {
              tip: sha(0),
              landed: [],
              requeued: [],
              untested: input.candidates.map((each) => ({ ...each, commit: sha(50) })),
              asked: false,
            },
      );
    return { [name]: held[name], ...(name === 'testMerge' ? { land: asksForTest } : {}) };
  });
}

describe('a pause', () => {
  const bench = useWorkflows();

  /** Nothing is under way any more, and what came of it was seen. */
  const atRest = async (lead: LeadHandle) => {
    const { client } = bench().env;
    const all = [lead.workflowId, `${lead.workflowId}/a`].map((id) => client.workflow.getHandle(id));
    const idle = async (handle: (typeof all)[number]) => {
      const described = await handle.describe().catch(() => null);
      // Answered once everything before it was taken in; a task that was not begun has no workflow.
      await handle.query('__stack_trace').catch(() => undefined);
      return described === null || (described.raw.pendingActivities ?? []).length === 0;
    };
    // Twice in a row: what the first look found to have ended may have started the next.
    for (let looks = 0; looks < 2;) {
      const found = await Promise.all(all.map(idle));
      looks = found.every(Boolean) ? looks + 1 : 0;
      await delay(20);
    }
  };

  const states: [keyof Activities, string][] = [
    ['checkBase', 'base'],
    ['turn', 'turn a 1'],
    ['apply', 'apply a 1'],
    ['test', 'test a 1'],
    ['land', 'land a'],
    ['testMerge', 'merge a'],
    ['verify', 'verify'],
  ];
  for (const [name, call] of states) {
    it(`lets what runs end (${name}), starts nothing after it, and goes on where it was`, async () => {
      const gate = new Gate();
      const all = held(name, gate);
      const lead = await bench().lead(all);
      await called(all, call);
      const before = all.calls.length;
      await lead.executeUpdate('pause');
      gate.open();
      await atRest(lead);
      assert.deepEqual(all.calls.slice(before), ['report paused']);
      await assert.rejects(lead.executeUpdate('pause'), saying('The run is paused already.'));
      await lead.executeUpdate('resume');
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assert.equal(all.calls.filter((each) => each === call).length, 1, 'nothing is done twice');
      assert.ok(all.calls.includes('land b'));
    });
  }

  it('holds back the task that must be alone, and the one behind it', async () => {
    const gate = new Gate();
    const all = stubs(
      [node('a', { priority: 0 }), node('alone', { canParallelize: false, priority: 1 }), node('c')],
      () => ({ test: () => gate.pass().then(() => ({ next: 'land' as const })) }),
    );
    const lead = await bench().lead(all);
    await called(all, 'test a 1');
    await lead.executeUpdate('pause');
    gate.open();
    await atRest(lead);
    assert.ok(!all.calls.some((call) => /alone|turn c|land/.test(call)), all.calls.join());
    await lead.executeUpdate('resume');
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });

  it('that the record says holds for the next lead, the base’s check too', async () => {
    const all = stubs([node('a')]);
    all.settings = { ...all.settings, status: 'paused' };
    const lead = await bench().lead(all);
    await called(all, 'load');
    await atRest(lead);
    assert.deepEqual(all.calls, ['load']);
    await lead.executeUpdate('resume');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.equal(all.calls.filter((call) => call === 'base').length, 1);
  });

  it('that comes while the run’s end is being recorded is refused, and the run ends', async () => {
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
      saying('The run is completed: it has ended, and there is nothing to pause.'),
    );
    gate.open();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(!all.calls.includes('report paused'));
  });

  it('that comes while a red base fails the run comes back with that, and the run ends', async () => {
    const all = stubs([node('a')], (made) => ({
      // It is in the record before the lead knows.
      checkBase: () => called(made, 'report paused').then(() => false),
      reportRun: () => Promise.resolve('failed'),
    }));
    const lead = await bench().lead(all);
    await called(all, 'base');
    await assert.rejects(
      lead.executeUpdate('pause'),
      saying('The run is failed: it has ended, and there is nothing to pause.'),
    );
    assert.deepEqual(await lead.result(), { status: 'failed' });
  });

  it('is kept by a cancel: nothing is started for it', async () => {
    const all = stubs([node('a')], () => ({
      turn: () => Promise.resolve({ next: 'read', counts: FRESH_COUNTS }),
    }));
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await lead.executeUpdate('pause');
    await atRest(lead);
    const before = all.calls.length;
    await lead.cancel();
    await assert.rejects(lead.result());
    assert.deepEqual(all.calls.slice(before), ['cancel']);
  });
});

function saying(message: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof WorkflowUpdateFailedError);
    assert.equal(error.cause?.message, message);
    return true;
  };
}
