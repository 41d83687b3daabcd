import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { begun, Gate } from '../support/lead-stubs.js';
import { liveRecord } from '../support/live-record.js';
import { assertEachOnce, concurrently, idsOf, nodes } from '../support/continue-as-new.js';
import { useWorkflows } from '../support/use-workflows.js';
import { untilQuiet, type LeadHandle } from '../support/workflow-bench.js';
import { eventually } from '../support/eventually.js';

/** A real lead's highest concurrency and history limits, both reduced by the same factor. */
const FULL = { events: 240, bytes: 1e9, room: { mostEvents: 400, eventsOfATask: 15 } };
const TASKS = 40;

describe('the history of a lead with many running tasks', function () {
  this.timeout(180_000);
  const bench = useWorkflows();

  /** Ends the tasks one after another. Returns how many ran at first, and the number of leads. */
  async function endOneByOne(limit: number, meanwhile?: (lead: LeadHandle) => Promise<unknown>) {
    const gates = new Map(nodes(TASKS).map(({ id }) => [id, new Gate()] as const));
    const all = concurrently(
      liveRecord(nodes(TASKS), FULL, () => ({
        turn: async ({ taskId }) => {
          // The turns wait for longer than the heartbeat timeout.
          const heartbeat = setInterval(() => Context.current().heartbeat(), 1_000);
          await gates.get(taskId)?.pass();
          clearInterval(heartbeat);
          return { next: 'apply' };
        },
      })),
      limit,
    );
    const lead = await bench().lead(all);
    await meanwhile?.(lead);
    await eventually(() => begun(all).length > 0, 'a task starts');
    await untilQuiet(all);
    const atFirst = begun(all).length;
    for (let ended = 0; ended < TASKS; ended++) {
      await eventually(() => begun(all).length > ended, 'one more task starts');
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

  it('has room for each of them to end on its own, and continues as new for the others', async () => {
    const { atFirst, leads } = await endOneByOne(TASKS);
    assert.ok(atFirst > TASKS / 2 && atFirst < TASKS, `${atFirst} running at first`);
    assert.ok(leads > 1);
  });

  it('has that room also when the limit is raised meanwhile', async () => {
    await endOneByOne(2, (lead) => lead.executeUpdate('setConcurrency', { args: [TASKS] }));
  });
});
