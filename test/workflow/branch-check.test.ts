import assert from 'node:assert/strict';
import { node } from '../support/graph.js';
import { Gate, stubs, submitted, type Stubs } from '../support/lead-stubs.js';
import type { Activities } from '../../src/activities/index.js';
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

function assertVerifiedLast({ calls }: Stubs): void {
  const steps = calls.filter((call) => ['land x', 'verify', 'report completed'].includes(call));
  assert.deepEqual(steps.slice(-3), ['land x', 'verify', 'report completed']);
}
