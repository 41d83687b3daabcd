import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { begun, Gate } from '../support/lead-stubs.js';
import { liveRecord } from '../support/live-record.js';
import { assertEachOnce, concurrently, idsOf, nodes } from '../support/renewals.js';
import { useWorkflows } from '../support/use-workflows.js';
import { untilQuiet, type LeadHandle } from '../support/workflow-bench.js';
import { eventually } from '../support/eventually.js';

/** As many tasks at once as a real lead has at the most, and room for as much, both made small by the same factor. */
const FULL = { events: 240, bytes: 1e9, room: { mostEvents: 400, eventsOfATask: 15 } };
const TASKS = 40;

describe('the history of a lead with many tasks at work', function () {
  this.timeout(180_000);
  const bench = useWorkflows();

  /** Lets them end one after another: how many were at work at first, and the events of each of its leads. */
  async function oneByOne(limit: number, meanwhile?: (lead: LeadHandle) => Promise<unknown>) {
    const gates = new Map(nodes(TASKS).map(({ id }) => [id, new Gate()] as const));
    const all = concurrently(
      liveRecord(nodes(TASKS), FULL, () => ({
        turn: async ({ taskId }) => {
          // They wait for longer than one that shows no heartbeat is taken for alive.
          const beat = setInterval(() => Context.current().heartbeat(), 1_000);
          await gates.get(taskId)?.pass();
          clearInterval(beat);
          return { next: 'apply' };
        },
      })),
      limit,
    );
    const lead = await bench().lead(all);
    await meanwhile?.(lead);
    await eventually(() => begun(all).length > 0, 'a task begins');
    await untilQuiet(all);
    const atFirst = begun(all).length;
    for (let ended = 0; ended < TASKS; ended++) {
      await eventually(() => begun(all).length > ended, 'one more begins');
      const { id } = all.nodeOf(begun(all)[ended] ?? '');
      gates.get(id)?.open();
      await eventually(() => all.nodeOf(id).status === 'completed', `${id} lands`);
    }
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assertEachOnce(all, idsOf(TASKS));
    const lengths = (await bench().histories(lead)).map(({ history }) => history.events?.length ?? 0);
    assert.ok(Math.max(...lengths) <= FULL.room.mostEvents, lengths.join());
    return { atFirst, leads: lengths.length };
  }

  it('has room for each of them to end alone, and is renewed for the others', async () => {
    const { atFirst, leads } = await oneByOne(TASKS);
    assert.ok(atFirst > TASKS / 2 && atFirst < TASKS, `${atFirst} at work at first`);
    assert.ok(leads > 1);
  });

  it('has it also when the limit was raised meanwhile', async () => {
    await oneByOne(2, (lead) => lead.executeUpdate('setConcurrency', { args: [TASKS] }));
  });
});
