import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { NativeConnection } from '@temporalio/worker';
import { TaskHold } from '../../src/worker/task-hold.js';
import { QUEUES } from '../../src/contract/payloads.js';
import { workerOptions } from '../../src/worker/worker.js';
import { eventually } from '../support/eventually.js';

describe('activities of tasks', () => {
  let now: number;
  let hold: TaskHold;
  beforeEach(() => {
    now = 1_000;
    hold = new TaskHold(() => now);
  });
  /** Asks ten times a second to hold them for 300 ms. */
  const holdFor = (ms: number) => {
    for (const end = now + ms; now < end; now += 100) hold.hold(300);
  };

  it('start at once when no lead needs the processor', () => {
    assert.equal(hold.remainingMs, 0);
  });

  it('wait while a lead asks for it, and for a moment after that', () => {
    holdFor(2_000);
    assert.ok(hold.remainingMs > 0);
    now += 1_000;
    assert.equal(hold.remainingMs, 0);
  });

  it('start earlier when a lead is ready earlier', () => {
    hold.hold(1_000);
    hold.hold(100);
    assert.equal(hold.remainingMs, 100);
  });

  it('start earlier also when a lead is ready after it has held them for as long as it may', () => {
    holdFor(4_000);
    hold.hold(1_500);
    assert.equal(hold.remainingMs, 1_500);
    hold.hold(100);
    assert.equal(hold.remainingMs, 100);
  });

  it('go on when a lead needs long, and wait again only later', () => {
    holdFor(6_000);
    assert.equal(hold.remainingMs, 0);
    holdFor(3_000);
    assert.equal(hold.remainingMs, 0);
    now += 10_000;
    hold.hold(300);
    assert.equal(hold.remainingMs, 300);
  });

  /** Begins an activity. @returns a function that says whether it has started */
  const begin = (workflowType: string): (() => boolean) => {
    let hasStarted = false;
    const environment = new MockActivityEnvironment({ workflowType }, { interceptors: [hold.interceptor] });
    void environment.run(() => {
      hasStarted = true;
      return Promise.resolve();
    });
    return () => hasStarted;
  };

  it('start when the hold has ended, also when it became longer or shorter; those of the lead are not held back', async () => {
    hold.hold(1_000);
    const turn = begin('taskRun');
    const landing = begin('projectRun');
    await eventually(landing, 'the landing starts');
    now += 900;
    hold.hold(1_000);
    now += 900;
    await eventually(begin('projectRun'), 'another landing starts');
    assert.ok(!turn(), 'the hold became longer');
    hold.hold(0);
    await eventually(turn, 'the turn starts');
  });

  it('that only record something are not held back: they have five seconds, and share their slots with the lead', () => {
    const settings = { connection: NativeConnection.prototype, namespace: 'default', hold };
    const held = QUEUES.filter((queue) =>
      workerOptions(queue, settings).interceptors?.activity?.includes(hold.interceptor),
    );
    assert.deepEqual(held, ['model', 'sandbox']);
  });
});
