import assert from 'node:assert/strict';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { NO_PROGRESS, node } from '../support/graph.js';
import { begun, Gate, gated, landAll, pageOf, sha, stubs, submitted } from '../support/lead-stubs.js';
import type { LeadState } from '../../src/contract/payloads.js';
import { eventually } from '../support/eventually.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called } from '../support/workflow-bench.js';

describe('the lead agent', () => {
  const bench = useWorkflows();

  it('runs the plan: each task after its dependencies, the highest priority first, then verify', async () => {
    const all = stubs([
      node('last', { dependsOn: ['low', 'high'] }),
      node('low', { priority: 4 }),
      node('middle'),
      node('high', { priority: 0 }),
    ]);
    all.settings = { ...all.settings, concurrency: 1 };
    const lead = await bench().lead(all);
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.deepEqual(begun(all), ['high', 'middle', 'low', 'last']);
    assert.deepEqual(all.calls.slice(0, 2), ['load', 'base']);
    assert.deepEqual(all.calls.slice(-2), ['verify', 'report completed']);
    assert.ok(
      all.calls.indexOf('land high') < all.calls.indexOf('turn middle 1'),
      'a task keeps its slot until it has landed',
    );
  });

  it('tests the base of a new run while it reads the plan, and starts no task before both have ended', async () => {
    const [reading, testing] = [new Gate(), new Gate()];
    const all = stubs([node('a')], (made) => ({
      loadGraph: (input) => reading.pass().then(() => pageOf(made, made.tasks, input)),
      checkBase: () => testing.pass().then(() => true),
    }));
    const lead = await bench().lead(all);
    await called(all, 'base');
    await called(all, 'load');
    reading.open();
    await eventually(async () => (await lead.query<LeadState>('state')).total === 1, 'the plan is read');
    assert.deepEqual(all.calls.toSorted(), ['base', 'load']);
    testing.open();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.equal(all.calls.filter((call) => call === 'base').length, 1);
  });

  it('ends a new run whose base is red, and one that was cancelled before its lead started', async () => {
    for (const status of ['failed', 'cancelled'] as const) {
      const all = stubs([node('a')], () => ({ checkBase: () => Promise.resolve(false) }));
      if (status === 'cancelled') all.settings = { ...all.settings, status };
      const lead = await bench().lead(all);
      assert.deepEqual(await lead.result(), { status });
      assert.deepEqual(all.calls.toSorted(), ['base', 'load']);
    }
  });

  it('gives each task a workflow with a readable id, derived from its own', async () => {
    const lead = await bench().lead(stubs([node('cart-total')]), 'shop-1');
    await lead.result();
    const child = await bench().env.client.workflow.getHandle('leadwright/shop-1/cart-total').describe();
    assert.deepEqual([child.type, child.status.name], ['taskRun', 'COMPLETED']);
    assert.deepEqual(
      child.typedSearchAttributes
        .getAll()
        .filter(({ key }) => key.name.startsWith('Leadwright'))
        .map(({ key, value }) => [key.name, value])
        .sort(),
      [
        ['LeadwrightRole', 'backend'],
        ['LeadwrightRun', 'shop-1'],
        ['LeadwrightTask', 'cart-total'],
      ],
    );
  });

  it('runs no more tasks at once than its limit, and applies a new limit at once', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    const turns = gated(...ids);
    const all = stubs(
      ids.map((id) => node(id)),
      () => ({ turn: turns.turn }),
    );
    all.settings = { ...all.settings, concurrency: 1 };
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await lead.executeUpdate('setConcurrency', { args: [2] });
    await called(all, 'turn b 1');
    assert.deepEqual(begun(all), ['a', 'b']);
    for (const wrong of [0, 1.5, 1_001]) {
      await assert.rejects(
        lead.executeUpdate('setConcurrency', { args: [wrong] }),
        WorkflowUpdateFailedError,
      );
    }
    turns.open('a');
    await called(all, 'turn c 1');
    assert.deepEqual(begun(all), ['a', 'b', 'c']);
    assert.deepEqual((await lead.query<{ running: string[] }>('state')).running, ['b', 'c']);
    for (const id of ids) turns.open(id);
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });

  it('runs an exclusive task alone', async () => {
    let running = 0;
    const beside: Record<string, number> = {};
    const all = stubs(
      [
        node('a', { priority: 0 }),
        node('alone', { canParallelize: false, priority: 1 }),
        node('b'),
        node('c'),
      ],
      () => ({
        turn: (input) => {
          beside[input.taskId] = ++running;
          return Promise.resolve(submitted(input));
        },
        land: (input) => {
          running -= input.candidates.length;
          return Promise.resolve(landAll(input, sha(1)));
        },
      }),
    );
    await (await bench().lead(all)).result();
    assert.equal(beside['alone'], 1);
    assert.deepEqual(begun(all).slice(0, 2), ['a', 'alone']);
    assert.ok(all.calls.indexOf('land alone') < all.calls.indexOf('turn b 1'));
  });

  it('ends failed when the base check fails, without a call of the model', async () => {
    const all = stubs([node('a')], () => ({ checkBase: () => Promise.resolve(false) }));
    const lead = await bench().lead(all);
    assert.deepEqual(await lead.result(), { status: 'failed' });
    assert.deepEqual(all.calls, ['load', 'base']);
    assert.equal(await statusShown(lead.workflowId), 'failed');
  });

  it('asks a person when verify fails, and verifies again after the answer', async () => {
    let green = false;
    const all = stubs([node('a')], () => ({ verify: () => Promise.resolve(green) }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    green = true;
    all.tasks = [node('a', { status: 'completed' })];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.equal(all.calls.filter((call) => call === 'verify').length, 2);
    assert.equal(await statusShown(lead.workflowId), 'completed');
  });

  it('continues the run of an earlier lead: completed tasks stay, finished work lands, no turn is repeated', async () => {
    const tested = { status: 'in_progress', progress: { ...NO_PROGRESS, turns: 2, attempts: 1 } } as const;
    const all = stubs([
      node('done', { status: 'completed' }),
      node('ready', { ...tested, ready: true }),
      node('half', tested),
    ]);
    const lead = await bench().lead(all, undefined, false);
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(!all.calls.includes('base'), 'the base was checked before');
    assert.ok(!all.calls.some((call) => call.includes('done') && call.startsWith('turn')));
    assert.ok(!all.calls.some((call) => call.startsWith('turn ready')));
    assert.ok(all.calls.includes('turn half 3'));
  });

  it('ends at once when its run was cancelled before it started, and refuses what came for it', async () => {
    const all = stubs([node('a', { status: 'cancelled' })], () => ({
      reportRun: () => Promise.resolve('cancelled'),
    }));
    all.settings = { ...all.settings, status: 'cancelled' };
    const lead = await bench().lead(all, undefined, false);
    await assert.rejects(
      lead.executeUpdate('pause'),
      (error) => error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError,
    );
    assert.deepEqual(await lead.result(), { status: 'cancelled' });
    assert.ok(!all.calls.includes('base'), all.calls.join());
  });

  it('loads a plan in pages', async () => {
    const all = stubs([], (made) => ({
      loadGraph: ({ after }) => {
        const page = pageOf(made, [node(`t${after}`)], {});
        return Promise.resolve({ ...page, next: after < 2 ? after + 1 : null });
      },
    }));
    await (await bench().lead(all)).result();
    assert.deepEqual(begun(all).sort(), ['t0', 't1', 't2']);
  });

  async function statusShown(workflowId: string): Promise<unknown> {
    const { typedSearchAttributes } = await bench().env.client.workflow.getHandle(workflowId).describe();
    return typedSearchAttributes.getAll().find(({ key }) => key.name === 'LeadwrightStatus')?.value;
  }
});
