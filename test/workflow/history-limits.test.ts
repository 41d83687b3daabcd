import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { askedOr, begun, Gate, submitted } from '../support/lead-stubs.js';
import { liveRecord } from '../support/live-record.js';
import { assertEachOnce, concurrently, idsOf, nodes } from '../support/continue-as-new.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called } from '../support/workflow-bench.js';
import { eventually } from '../support/eventually.js';

/** A real lead's history limits and number of running tasks, all reduced by the same factor. */
const FULL = { events: 120, bytes: 1e9, mostEvents: 180 };
const TASKS = 30;
const RUNNING = 10;
/**
 * What a lead with a full history adds to it while it waits for a calm moment that does not come: some four waits, of about 15
 * events each. It does not get less with the limits, and is little beside those of a real lead.
 */
const IN_VAIN_EVENTS = 100;

describe('the history of a lead with many running tasks', function () {
  this.timeout(300_000);
  const bench = useWorkflows();

  it('stays short when they end one by one, and no slot stays idle', async () => {
    const gates = new Map(nodes(TASKS).map(({ id }) => [id, new Gate()] as const));
    const all = concurrently(
      liveRecord(nodes(TASKS), FULL, () => ({
        turn: async (input) => {
          // The turns wait for longer than the heartbeat timeout.
          const heartbeat = setInterval(() => Context.current().heartbeat(), 1_000);
          await gates.get(input.taskId)?.pass();
          clearInterval(heartbeat);
          return submitted(input);
        },
      })),
      RUNNING,
    );
    const lead = await bench().lead(all);
    for (let ended = 0; ended < TASKS; ended++) {
      const wanted = Math.min(TASKS, ended + RUNNING);
      // The first task to start never ends before the others: no lead can wait for it.
      await eventually(() => begun(all).length >= wanted, `${wanted} tasks have started`);
      const next = begun(all)[ended + 1 < TASKS ? ended + 1 : 0] ?? '';
      const { id } = all.nodeOf(next);
      gates.get(id)?.open();
      await eventually(() => all.nodeOf(id).status === 'completed', `${id} lands`);
    }
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assertEachOnce(all, idsOf(TASKS));
    const lengths = (await bench().histories(lead)).map(({ history }) => history.events?.length ?? 0);
    assert.ok(lengths.length > 2, `${lengths.length} leads`);
    assert.ok(Math.max(...lengths) <= FULL.mostEvents, lengths.join());
  });

  it('stays short when a person changes the record again and again while nothing runs', async () => {
    const all = liveRecord(nodes(1), FULL, () => ({
      turn: (input) => Promise.resolve(askedOr(input.turn === 1, input)),
    }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    for (let changes = 0; changes < 60; changes++) {
      const loads = all.calls.filter((call) => call === 'load').length;
      await lead.signal('refresh');
      await called(all, 'load', loads + 1);
      // A lead does not end before it has taken over what it has read.
      const isIdle = async () => ((await lead.describe()).raw.pendingActivities ?? []).length === 0;
      await eventually(isIdle, 'the lead waits');
      await lead.query('state');
    }
    all.answer('t0');
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    const lengths = (await bench().histories(lead)).map(({ history }) => history.events?.length ?? 0);
    // In one lead, 60 changes would make some 700 events.
    assert.ok(Math.max(...lengths) <= FULL.events + IN_VAIN_EVENTS, lengths.join());
  });
});
