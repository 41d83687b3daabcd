import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { TaskNode } from '../../src/workflows/interface.js';
import { FRESH, node } from '../support/graph.js';
import { Gate, landAll, sha, stubs, type Activities, type Stubs } from '../support/lead-stubs.js';
import { called, useWorkflows } from '../support/workflow-bench.js';

/** The tasks whose first turn was called, in order. */
const begun = ({ calls }: Stubs) => calls.flatMap((call) => /^turn (\S+) 1$/.exec(call)?.[1] ?? []);

/** Turns that wait for a gate of their task. */
function gated(...ids: readonly string[]) {
  const gates = new Map(ids.map((id) => [id, new Gate()] as const));
  const turn: Activities['turn'] = async ({ taskId }) => {
    await gates.get(taskId)?.pass();
    return { next: 'apply' };
  };
  return { turn, open: (id: string) => gates.get(id)?.open() };
}

describe('the lead agent', () => {
  const bench = useWorkflows();

  it('does the plan: each task after what it needs, the most urgent first, then verifies', async () => {
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
      'a slot is kept until landed',
    );
  });

  it('gives each task a workflow whose id a person can read, made from its own', async () => {
    const lead = await bench().lead(stubs([node('cart-total')]), 'shop-1');
    await lead.result();
    const child = await bench().env.client.workflow.getHandle('leadwright/shop-1/cart-total').describe();
    assert.deepEqual([child.type, child.status.name], ['taskRun', 'COMPLETED']);
    assert.deepEqual(
      child.typedSearchAttributes
        .getAll()
        .map(({ key, value }) => [key.name, value])
        .sort(),
      [
        ['LeadwrightRole', 'backend'],
        ['LeadwrightRun', 'shop-1'],
        ['LeadwrightStatus', 'completed'],
        ['LeadwrightTask', 'cart-total'],
      ],
    );
  });

  it('has no more tasks at work than its limit, and takes a new limit at once', async () => {
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

  it('runs a task that cannot be beside others alone', async () => {
    let atWork = 0;
    const beside: Record<string, number> = {};
    const all = stubs(
      [
        node('a', { priority: 0 }),
        node('alone', { canParallelize: false, priority: 1 }),
        node('b'),
        node('c'),
      ],
      () => ({
        turn: ({ taskId }) => {
          beside[taskId] = ++atWork;
          return Promise.resolve({ next: 'apply' });
        },
        land: (input) => {
          atWork -= input.candidates.length;
          return Promise.resolve(landAll(input, sha(1)));
        },
      }),
    );
    await (await bench().lead(all)).result();
    assert.equal(beside['alone'], 1);
    assert.deepEqual(begun(all).slice(0, 2), ['a', 'alone']);
    assert.ok(all.calls.indexOf('land alone') < all.calls.indexOf('turn b 1'));
  });

  it('starts nothing while it is paused, and goes on where it was', async () => {
    const turns = gated('a');
    const all = stubs([node('a'), node('b', { dependsOn: ['a'] })], () => ({ turn: turns.turn }));
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await lead.executeUpdate('pause');
    assert.equal(all.calls.at(-1), 'report paused');
    await assert.rejects(lead.executeUpdate('pause'), saying('The run is paused already.'));
    turns.open('a');
    // The turn's end is in the history once the lead has answered after it.
    await bench().env.client.workflow.getHandle(`${lead.workflowId}/a`).query('__stack_trace');
    assert.equal(all.calls.at(-1), 'report paused', 'no further step of what was at work');
    await lead.executeUpdate('resume');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(all.calls.includes('report running') && all.calls.includes('turn b 1'));
  });

  it('refuses what makes no sense: resuming what runs, steering what has ended', async () => {
    const turns = gated('a');
    const all = stubs([node('a')], () => ({ turn: turns.turn }));
    const lead = await bench().lead(all);
    await assert.rejects(lead.executeUpdate('resume'), saying('The run is not paused.'));
    turns.open('a');
    await lead.result();
    await assert.rejects(lead.executeUpdate('pause'));
  });

  it('pauses also the tasks that were just being started', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `t${at}`);
    let paused: Promise<unknown> | undefined;
    let afterPause = 0;
    const all: Stubs = stubs(
      ids.map((id) => node(id)),
      () => ({
        turn: () => {
          // From the first one's turn on: the others are being started at this moment.
          paused ??= lead.then((handle) => handle.executeUpdate('pause'));
          return Promise.resolve({ next: 'read' });
        },
      }),
    );
    all.settings = { ...all.settings, concurrency: 100 };
    const lead = bench().lead(all);
    await called(all, 'report paused');
    await paused;
    const handle = await lead;
    // Whoever missed it would read on for ever: two more rounds of the server show that.
    for (let round = 0; round < 2; round++) {
      afterPause = all.calls.length;
      await handle.query('state');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.deepEqual(all.calls.slice(afterPause), []);
    await handle.terminate();
  });

  it('cancels what runs, waits for its end, and only then says so', async () => {
    const all = stubs([node('a'), node('b'), node('c', { dependsOn: ['a'] })], (made) => ({
      turn: async ({ taskId }) => {
        const beat = setInterval(() => Context.current().heartbeat(), 50);
        try {
          return await Context.current().cancelled;
        } finally {
          clearInterval(beat);
          made.calls.push(`ended ${taskId}`);
        }
      },
    }));
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await called(all, 'turn b 1');
    await lead.cancel();
    await assert.rejects(lead.result(), (error) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.ok(error.cause instanceof CancelledFailure);
      return true;
    });
    assert.deepEqual(all.calls.slice(-3).sort(), ['cancel', 'ended a', 'ended b']);
    assert.equal(all.calls.at(-1), 'cancel');
    assert.ok(!all.calls.some((call) => call.startsWith('fail')), 'a cancellation is no failure');
  });

  it('waits for a person when nothing else can go on, and takes the answer up', async () => {
    const all = stubs([node('a'), node('b', { dependsOn: ['a'] }), node('c')], () => ({
      turn: ({ taskId, turn }) =>
        Promise.resolve({ next: taskId === 'a' && turn === 1 ? 'blocked' : 'apply' }),
    }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    assert.deepEqual(begun(all).sort(), ['a', 'c']);
    all.tasks = [
      node('a', { status: 'blocked', answered: true, progress: { ...FRESH, turns: 1 } }),
      node('b', { dependsOn: ['a'] }),
      node('c', { status: 'completed' }),
    ];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(all.calls.includes('turn a 2') && all.calls.includes('turn b 1'));
    const second = await bench().env.client.workflow.getHandle(`${lead.workflowId}/a/2`).describe();
    assert.equal(second.status.name, 'COMPLETED');
  });

  it('says that it is blocked again when an answer was not enough', async () => {
    const all = stubs([node('a')], () => ({ turn: () => Promise.resolve({ next: 'held' }) }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    // One of two questions was answered: the record says running meanwhile, for a person has acted.
    all.tasks = [node('a', { status: 'blocked' })];
    await lead.signal('refresh');
    await called(all, 'report blocked', 2);
    await lead.terminate();
  });

  it('fails a task whose workflow was ended from outside, with what depends on it and nothing else', async () => {
    for (const how of ['terminate', 'cancel'] as const) {
      const turns = gated('a');
      const all = stubs([node('a'), node('b', { dependsOn: ['a'] }), node('c')], () => ({
        turn: async (input) => {
          const beat = setInterval(() => Context.current().heartbeat(), 50);
          try {
            return await Promise.race([turns.turn(input), Context.current().cancelled]);
          } finally {
            clearInterval(beat);
          }
        },
      }));
      const lead = await bench().lead(all);
      await called(all, 'land c');
      await bench().env.client.workflow.getHandle(`${lead.workflowId}/a`)[how]();
      assert.deepEqual(await lead.result(), { status: 'failed' }, how);
      assert.deepEqual(begun(all).sort(), ['a', 'c']);
      assert.ok(
        all.calls.some((call) => call.startsWith('fail a: ')),
        how,
      );
      assert.equal(all.calls.at(-1), 'report failed');
      turns.open('a');
    }
  });

  it('ends failed when the base is not fit, without a call of the model', async () => {
    const all = stubs([node('a')], () => ({ checkBase: () => Promise.resolve(false) }));
    const lead = await bench().lead(all);
    assert.deepEqual(await lead.result(), { status: 'failed' });
    assert.deepEqual(all.calls, ['load', 'base']);
    assert.equal(await statusShown(lead.workflowId), 'failed');
  });

  it('asks a person when verify is red, and verifies again after the answer', async () => {
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

  it('takes a run up that was led before: done stays done, finished work lands, money is not spent twice', async () => {
    const tested: Partial<TaskNode> = {
      status: 'in_progress',
      progress: { ...FRESH, turns: 2, attempts: 1 },
    };
    const { id: _, dependsOn: __, ...parts } = { ...node('x'), ...tested };
    const all = stubs([
      node('done', { status: 'completed' }),
      node('ready', { ...parts, ready: true }),
      node('half', parts),
    ]);
    const lead = await bench().lead(all);
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(!all.calls.includes('base'), 'the base was good enough before');
    assert.ok(!all.calls.some((call) => call.includes('done') && call.startsWith('turn')));
    assert.ok(!all.calls.some((call) => call.startsWith('turn ready')));
    assert.ok(all.calls.includes('turn half 3'));
  });

  it('reads a plan in pages', async () => {
    const all = stubs([], () => ({
      loadGraph: ({ after }) =>
        Promise.resolve({
          settings: { concurrency: 2, maxCorrections: 3, status: 'running' },
          tip: sha(0),
          tasks: [node(`t${after}`)],
          next: after < 2 ? after + 1 : null,
        }),
    }));
    await (await bench().lead(all)).result();
    assert.deepEqual(begun(all).sort(), ['t0', 't1', 't2']);
  });

  async function statusShown(workflowId: string): Promise<unknown> {
    const { typedSearchAttributes } = await bench().env.client.workflow.getHandle(workflowId).describe();
    return typedSearchAttributes.getAll().find(({ key }) => key.name === 'LeadwrightStatus')?.value;
  }
});

function saying(message: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof WorkflowUpdateFailedError);
    assert.equal(error.cause?.message, message);
    return true;
  };
}
