import assert from 'node:assert/strict';
import { node } from '../support/graph.js';
import { Gate, landAll, stubs, submitted, type Stubs } from '../support/lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';
import type { TaskNode } from '../../src/contract/payloads.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called } from '../support/workflow-bench.js';

/** A run whose task `x` fails the first time, while `b` lands. */
function failingOnce(changes: Partial<Activities>): Stubs {
  return stubs([node('x'), node('b')], (made) => ({
    turn: (input) => {
      const times = made.calls.filter((call) => call === 'turn x 1').length;
      const fails = input.taskId === 'x' && times === 1;
      return Promise.resolve(fails ? { next: 'failed' } : submitted(input));
    },
    ...changes,
  }));
}

/** What the record shows after `x` was retried. */
const RETRIED = [node('x'), node('b', { status: 'completed' })];

describe('the check of the finished branch', () => {
  const bench = useWorkflows();

  it('is repeated when a task was retried while it ran', async () => {
    const gate = new Gate();
    const all = failingOnce({ verify: () => gate.pass().then(() => true) });
    const lead = await bench().lead(all);
    await called(all, 'verify');
    all.tasks = RETRIED;
    await lead.signal('refresh');
    await called(all, 'turn x 1', 2);
    gate.open();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assertVerifiedLast(all);
  });

  it('is repeated when a task was retried after the run had failed', async () => {
    const gate = new Gate();
    const all = failingOnce({ notifyEnd: () => gate.pass() });
    all.settings = { ...all.settings, notifiesOfEnd: true };
    const lead = await bench().lead(all);
    await called(all, 'notify of the end');
    assert.ok(all.calls.includes('report failed'));
    all.tasks = RETRIED;
    await lead.signal('refresh');
    await called(all, 'turn x 1', 2);
    gate.open();
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assertVerifiedLast(all);
  });

  it('is repeated when the record says that a task was retried, and no signal came', async () => {
    const all = failingOnce({
      // As when the end was recorded before, by an attempt of which Temporal knows nothing.
      reportRun: ({ status }) => {
        if (status !== 'failed') return Promise.resolve(status);
        all.tasks = RETRIED;
        return Promise.resolve('running');
      },
    });
    const lead = await bench().lead(all);
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.equal(all.calls.filter((call) => call === 'report failed').length, 1);
    assertVerifiedLast(all);
  });
});

describe('the check of a branch that the last landing has completed', () => {
  const bench = useWorkflows();
  /** The landing that completes the run finds the branch verified. */
  const landing = (tasks: readonly TaskNode[], changes: Partial<Activities> = {}) =>
    stubs(tasks, (made) => ({
      land: (input) =>
        Promise.resolve({ ...landAll(input, made.tip), verified: input.completesRun === true }),
      ...changes,
    }));

  it('is left out when that landing found it verified', async () => {
    const all = landing([node('a'), node('b', { dependsOn: ['a'] })]);
    const lead = await bench().lead(all);
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.deepEqual(all.calls.slice(-2), ['land b', 'report completed']);
    assert.ok(!all.calls.includes('verify'));
  });

  it('is not left out when a task failed after others had landed', async () => {
    const gate = new Gate();
    const all = landing([node('a'), node('b')], {
      turn: async (input) => {
        if (input.taskId === 'a') return submitted(input);
        await gate.pass();
        return { next: 'failed' };
      },
    });
    const lead = await bench().lead(all);
    await called(all, 'land a');
    gate.open();
    assert.deepEqual(await lead.result(), { status: 'failed' });
    assert.deepEqual(all.calls.slice(-2), ['verify', 'report failed']);
  });
});

function assertVerifiedLast({ calls }: Stubs): void {
  const steps = calls.filter((call) => ['land x', 'verify', 'report completed'].includes(call));
  assert.deepEqual(steps.slice(-3), ['land x', 'verify', 'report completed']);
}
