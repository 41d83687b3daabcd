import assert from 'node:assert/strict';
import { blockerId } from '../../src/contract/ids.js';
import type { TestInput } from '../../src/contract/payloads.js';
import { NO_PROGRESS, node } from '../support/graph.js';
import { begun, Gate, gated, landAll, sha, stubs, type Stubs } from '../support/lead-stubs.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called } from '../support/workflow-bench.js';

/** A run whose task `a` asks a person in its first turn. */
function asking(tasks: Stubs['tasks'], changes: Parameters<typeof stubs>[1] = () => ({})): Stubs {
  return stubs(tasks, (made) => ({
    turn: ({ taskId: id, turn }) => Promise.resolve({ next: id === 'a' && turn === 1 ? 'blocked' : 'apply' }),
    ...changes(made),
  }));
}
const A = { progress: { ...NO_PROGRESS, turns: 1 }, status: 'blocked', answered: true } as const;

describe('a person’s answer, taken up by the lead', function () {
  this.timeout(120_000);
  const bench = useWorkflows();

  it('lands work that was taken as it is, without another turn', async () => {
    const all = asking([node('a'), node('b', { dependsOn: ['a'] })]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    const work = { start: sha(0), commit: sha(7) };
    all.tasks = [
      node('a', { ...A, ready: true, progress: { ...A.progress, attempts: 2, work } }),
      node('b', { dependsOn: ['a'] }),
    ];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    const steps = all.calls.filter((call) => /^(turn|land) /.test(call));
    assert.deepEqual(steps, ['turn a 1', 'land a', 'turn b 1', 'land b']);
  });

  it('goes on from a task that was taken without any work', async () => {
    const all = asking([node('a'), node('b', { dependsOn: ['a'] })]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    all.tasks = [node('a', { ...A, status: 'completed' }), node('b', { dependsOn: ['a'] })];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.deepEqual(begun(all), ['a', 'b']);
    assert.ok(!all.calls.includes('land a'));
  });

  it('leaves out what needs a task that was left out, wherever the plan has it, and ends', async () => {
    const b = node('b', { dependsOn: ['a'] });
    const all = asking([b, node('a'), node('c')]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    // What waits for a task is not read again: the lead knows it.
    all.tasks = [node('a', { ...A, status: 'skipped' }), node('c', { status: 'completed' })];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'failed' });
    assert.deepEqual(begun(all).sort(), ['a', 'c']);
  });

  it('gives the agent the corrections that were allowed', async () => {
    const tests: TestInput[] = [];
    const all = asking([node('a')], () => ({
      test: (input) => {
        tests.push(input);
        return Promise.resolve({ next: 'land' });
      },
    }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    all.tasks = [node('a', { ...A, correctionsAllowed: 7 })];
    await lead.signal('refresh');
    await lead.result();
    assert.deepEqual(
      tests.map(({ maxCorrections, corrections }) => [maxCorrections, corrections]),
      [[7, 0]],
    );
  });

  it('holds no workflow and no slot open while a task waits: the others go on, one after another', async () => {
    // `a` ends blocked, whatever made it ask: red tests, a refusal, or its own question.
    const all = asking([node('a', { priority: 0 }), node('b'), node('c')]);
    all.settings = { ...all.settings, concurrency: 1 };
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    assert.deepEqual(begun(all), ['a', 'b', 'c']);
    const { client } = bench().env;
    const a = await client.workflow.getHandle(`${lead.workflowId}/a`).describe();
    assert.equal(a.status.name, 'COMPLETED', 'its workflow has ended');
    const { raw, status } = await lead.describe();
    assert.deepEqual(
      [status.name, raw.pendingChildren?.length, raw.pendingActivities?.length],
      ['RUNNING', 0, 0],
      'the lead alone is open, and waits for nothing but a person',
    );
    await lead.terminate();
  });
});

describe('telling people of blockers', function () {
  this.timeout(120_000);
  const bench = useWorkflows();
  const asked = blockerId('shop:a:1');

  it('begins when a task asks, and neither the run’s end nor anything else waits for it', async () => {
    const gate = new Gate();
    const all = asking([node('a'), node('b')], (made) => ({
      pendingNotifications: () =>
        Promise.resolve({
          blockers: made.calls.includes('report blocked') ? [asked] : [],
          more: false,
        }),
      notify: () => gate.pass(),
    }));
    all.settings = { ...all.settings, tells: true };
    const lead = await bench().lead(all);
    try {
      await called(all, 'report blocked');
      all.tasks = [node('a', { ...A, answered: false }), node('b', { status: 'completed' })];
      // Whoever looks after the report is read anew finds the blocker; however often, it is told once.
      await lead.signal('refresh');
      await called(all, `notify ${asked}`);
      await lead.signal('refresh');
      all.tasks = [node('a', A), node('b', { status: 'completed' })];
      await lead.signal('refresh');
      assert.deepEqual(await lead.result(), { status: 'completed' });
      assert.equal(all.calls.filter((call) => call === `notify ${asked}`).length, 1);
    } finally {
      gate.open();
    }
  });

  it('begins when a landing asks, while other tasks go on', async () => {
    const branch = blockerId('shop:1');
    const turns = gated('b');
    const all = stubs([node('a'), node('b')], (made) => ({
      turn: turns.turn,
      land: (input) => Promise.resolve({ ...landAll(input, sha(1)), asked: true }),
      pendingNotifications: () =>
        Promise.resolve({ blockers: made.calls.includes('land a') ? [branch] : [], more: false }),
    }));
    all.settings = { ...all.settings, tells: true };
    const lead = await bench().lead(all);
    // All but `b` is done: nothing but the landing says that somebody is to be told.
    await called(all, `notify ${branch}`);
    turns.open('b');
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });

  it('asks nothing of a run that tells nobody', async () => {
    const all = asking([node('a')]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    assert.ok(!all.calls.includes('pending notifications'));
    await lead.terminate();
  });

  it('never fails the run, whatever comes of it', async () => {
    const all = asking([node('a')], () => ({
      pendingNotifications: () => Promise.resolve({ blockers: [asked], more: false }),
      notify: () => Promise.reject(new TypeError('As told by the test')),
    }));
    all.settings = { ...all.settings, tells: true };
    const lead = await bench().lead(all);
    await called(all, `notify ${asked}`);
    await called(all, 'report blocked');
    all.tasks = [node('a', A)];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });
});
