import assert from 'node:assert/strict';
import { TaskHold } from '../../src/worker/task-hold.js';

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

  it('go on when a lead needs long, and wait again only later', () => {
    holdFor(6_000);
    assert.equal(hold.remainingMs, 0);
    holdFor(3_000);
    assert.equal(hold.remainingMs, 0);
    now += 10_000;
    hold.hold(300);
    assert.equal(hold.remainingMs, 300);
  });
});
