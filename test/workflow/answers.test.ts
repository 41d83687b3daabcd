import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockerId } from '../../src/contract/ids.js';
import type { TestInput } from '../../src/contract/payloads.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { eventually } from '../support/eventually.js';
import { NO_PROGRESS, node } from '../support/graph.js';
import { askedOr, begun, Gate, gated, landAll, sha, stubs, type Stubs } from '../support/lead-stubs.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called } from '../support/workflow-bench.js';

/** A run whose task `a` asks a person in its first turn. */
function asking(tasks: Stubs['tasks'], changes: Parameters<typeof stubs>[1] = () => ({})): Stubs {
  return stubs(tasks, (made) => ({
    turn: (input) => Promise.resolve(askedOr(input.taskId === 'a' && input.turn === 1, input)),
    ...changes(made),
  }));
}
const A = { progress: { ...NO_PROGRESS, turns: 1 }, status: 'blocked', answered: true } as const;

/** The query that docs/concepts.md gives for a saved view. */
const DOCUMENTED_VIEW =
  /only when a person acts:\s+`([^`]+)`/.exec(
    readFileSync(join(packageRoot, 'docs', 'concepts.md'), 'utf8'),
  )?.[1] ?? assert.fail('the query is documented');

describe('the lead after an answer to a blocker', function () {
  this.timeout(120_000);
  const bench = useWorkflows();

  it('lands accepted work without another turn', async () => {
    const all = asking([node('a'), node('b', { dependsOn: ['a'] })]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    const work = { start: sha(0), commit: sha(7), draft: sha(7) };
    all.tasks = [
      node('a', { ...A, ready: true, progress: { ...A.progress, attempts: 2, work } }),
      node('b', { dependsOn: ['a'] }),
    ];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    const steps = all.calls.filter((call) => /^(turn|land) /.test(call));
    assert.deepEqual(steps, ['turn a 1', 'land a', 'turn b 1', 'land b']);
  });

  it('lands accepted work, and tests a commit that was handed in, while the run waits for a person', async () => {
    const all = stubs([node('a'), node('b'), node('poor')], () => ({
      turn: ({ taskId }) => Promise.resolve({ next: taskId === 'poor' ? 'waiting_on_run' : 'blocked' }),
    }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    const work = { start: sha(0), commit: sha(0), draft: sha(7) };
    const waiting = { status: 'blocked', waitingOnRun: true } as const;
    all.tasks = [
      node('a', { ...waiting, ready: true, progress: { ...A.progress, attempts: 1 } }),
      node('b', { ...waiting, progress: { ...A.progress, kind: 'handed_in', work } }),
      node('poor', waiting),
    ];
    await lead.signal('refresh');
    await called(all, 'land a');
    await called(all, 'land b');
    await called(all, 'report blocked', 2);
    const steps = all.calls.filter((call) => /^(turn|test|land) /.test(call));
    assert.deepEqual(steps.slice(3).sort(), ['land a', 'land b', 'test b 1']);
    await lead.terminate();
  });

  for (const [status, outcome] of [
    ['completed', 'completed'],
    ['skipped', 'failed'],
  ] as const) {
    it(`is listed in the documented view of the Temporal UI, without answered tasks: ${outcome}`, async () => {
      const all = asking([node('a')]);
      const lead = await bench().lead(all);
      const run = lead.workflowId;
      const list = async (query: string) => {
        const ids: string[] = [];
        for await (const { workflowId } of bench().env.client.workflow.list({ query })) ids.push(workflowId);
        return ids.filter((id) => id === run || id.startsWith(`${run}/`));
      };
      await called(all, 'report blocked');
      await eventually(async () => (await list(DOCUMENTED_VIEW)).length > 0, 'the run that waits is listed');
      assert.deepEqual(await list(DOCUMENTED_VIEW), [run]);

      all.tasks = [node('a', { ...A, status })];
      await lead.signal('refresh');
      assert.deepEqual(await lead.result(), { status: outcome });
      const ended = `ExecutionStatus = 'Completed' AND LeadwrightStatus = '${outcome}'`;
      await eventually(async () => (await list(ended)).includes(run), 'its end is listed');
      assert.deepEqual(await list("LeadwrightStatus = 'blocked'"), [`${run}/a`], 'the task keeps its value');
      assert.deepEqual(await list(DOCUMENTED_VIEW), outcome === 'failed' ? [run] : []);
    });
  }

  it('starts the dependants of a task that was accepted without a submission', async () => {
    const all = asking([node('a'), node('b', { dependsOn: ['a'] })]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    all.tasks = [node('a', { ...A, status: 'completed' }), node('b', { dependsOn: ['a'] })];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.deepEqual(begun(all), ['a', 'b']);
    assert.ok(!all.calls.includes('land a'));
  });

  it('skips the dependants of a skipped task, whatever the plan’s order, and ends the run', async () => {
    const b = node('b', { dependsOn: ['a'] });
    const all = asking([b, node('a'), node('c')]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    // The lead knows the dependants of a task and does not load them again.
    all.tasks = [node('a', { ...A, status: 'skipped' }), node('c', { status: 'completed' })];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'failed' });
    assert.deepEqual(begun(all).sort(), ['a', 'c']);
  });

  it('gives the agent the corrections that the answer allows', async () => {
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

  it('keeps no task workflow and no slot while a task waits, so the other tasks run', async () => {
    // `a` ends blocked, as after failed tests, a refusal or its own question.
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
      'only the lead is open, and it waits only for a person',
    );
    await lead.terminate();
  });
});

describe('the notification of a blocker', function () {
  this.timeout(120_000);
  const bench = useWorkflows();
  const asked = blockerId('shop:a:1');

  it('starts when a task asks, and delays neither the run’s end nor anything else', async () => {
    const gate = new Gate();
    const all = asking([node('a'), node('b')], (made) => ({
      pendingNotifications: () =>
        Promise.resolve({
          blockers: made.calls.includes('report blocked') ? [asked] : [],
          more: false,
        }),
      notify: () => gate.pass(),
    }));
    all.settings = { ...all.settings, notifies: true };
    const lead = await bench().lead(all);
    try {
      await called(all, 'report blocked');
      all.tasks = [node('a', { ...A, answered: false }), node('b', { status: 'completed' })];
      // Each load after the report finds the blocker; it is still notified once.
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

  it('starts when a landing asks, while other tasks continue', async () => {
    const branch = blockerId('shop:1');
    const turns = gated('b');
    const all = stubs([node('a'), node('b')], (made) => ({
      turn: turns.turn,
      land: (input) => Promise.resolve({ ...landAll(input, sha(1)), asked: true }),
      pendingNotifications: () =>
        Promise.resolve({ blockers: made.calls.includes('land a') ? [branch] : [], more: false }),
    }));
    all.settings = { ...all.settings, notifies: true };
    const lead = await bench().lead(all);
    // Every task but `b` is done: only the landing reports that a person must be notified.
    await called(all, `notify ${branch}`);
    turns.open('b');
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });

  it('starts while the run is paused', async () => {
    const gate = new Gate();
    const all = stubs([node('a')], (made) => ({
      turn: (input) => gate.pass().then(() => askedOr(true, input)),
      pendingNotifications: () =>
        Promise.resolve({ blockers: made.calls.includes('report paused') ? [asked] : [], more: false }),
    }));
    all.settings = { ...all.settings, notifies: true };
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await lead.executeUpdate('pause');
    gate.open();
    await called(all, `notify ${asked}`);
    await lead.terminate();
  });

  it('is not looked up for a run without a notification command', async () => {
    const all = asking([node('a')]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    assert.ok(!all.calls.includes('pending notifications'));
    await lead.terminate();
  });

  it('never fails the run, whatever its outcome', async () => {
    const all = asking([node('a')], () => ({
      pendingNotifications: () => Promise.resolve({ blockers: [asked], more: false }),
      notify: () => Promise.reject(new TypeError('As told by the test')),
    }));
    all.settings = { ...all.settings, notifies: true };
    const lead = await bench().lead(all);
    await called(all, `notify ${asked}`);
    await called(all, 'report blocked');
    all.tasks = [node('a', A)];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });
});
