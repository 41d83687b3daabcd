import assert from 'node:assert/strict';
import { taskId } from '../../src/contract/ids.js';
import { expandPage } from '../../src/contract/lean-page.js';
import type { LeanPage, TaskNode } from '../../src/contract/payloads.js';
import { PLAN_LIMITS } from '../../src/plan/plan-schema.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { useBench, type TestRun } from '../support/activity-bench.js';

const FILES = { 'a.txt': 'a\n' };
/** The largest payload that a history may contain, in bytes. */
const PAYLOAD = 512 * 1024;
/** The plan's share of a history of at most 4 MB, in bytes. */
const PLAN_IN_A_HISTORY = 2.5 * 1024 * 1024;

const bytesOf = (page: LeanPage) => Buffer.byteLength(JSON.stringify(page));

describe('loading a large plan for the lead', () => {
  const bench = useBench();

  async function pages(run: TestRun): Promise<LeanPage[]> {
    const read: LeanPage[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: LeanPage = await run.record.loadGraph({ runId: run.id, after });
      read.push(page);
      after = page.next;
    }
    return read;
  }
  const nodes = (read: readonly LeanPage[]): TaskNode[] => read.flatMap(expandPage);

  it('returns pages with each task once and in order, and takes little of a history', async () => {
    const tasks = Array.from({ length: PLAN_LIMITS.tasks }, (_, at) => ({
      id: `a-task-with-an-id-of-some-length-${at}`,
      // Three bytes per character: titles may be in any language.
      title: `${'木'.repeat(55)}${at}`,
      depends_on: at < 2 ? [] : [`a-task-with-an-id-of-some-length-${at - 2}`],
    }));
    const run = await bench().start({ test: 'true', tasks }, FILES);
    const read = await pages(run);
    assert.deepEqual(
      nodes(read).map(({ id }) => id),
      tasks.map(({ id }) => id),
    );
    for (const page of read) assert.ok(bytesOf(page) < PAYLOAD, `${bytesOf(page)} bytes`);
    const sum = read.reduce((bytes, page) => bytes + bytesOf(page), 0);
    assert.ok(sum < 2 * PLAN_IN_A_HISTORY, `${sum} bytes for the longest plan allowed`);
    assert.ok(read.length <= 20, `${read.length} pages`);
  }).timeout(120_000);

  it('keeps each payload within the limit, also when tasks need hundreds of others', async () => {
    const long = 'x'.repeat(50);
    const first = Array.from({ length: 900 }, (_, at) => ({ id: `${long}-${at}`, title: `Do ${at}` }));
    const all = first.map(({ id }) => id);
    const last = Array.from({ length: 30 }, (_, at) => ({
      id: `last-${at}`,
      title: `Finish ${at}`,
      depends_on: all,
    }));
    const run = await bench().start({ test: 'true', tasks: [...first, ...last] }, FILES);
    const read = await pages(run);
    for (const page of read) assert.ok(bytesOf(page) < PAYLOAD, `${bytesOf(page)} bytes`);
    assert.equal(nodes(read).length, 930);
    assert.deepEqual(nodes(read).at(-1)?.dependsOn, all);
  }).timeout(120_000);

  it('omits completed tasks, and returns them when asked for by id', async () => {
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    const tasks = ['a', 'b', 'c'].map((id) => ({ id, title: `Do ${id}`, agent: 'test' as const }));
    const run = await bench().start({ test: 'true', tasks }, FILES);
    await new AgentSteps(run, 'b').untilReady();
    await run.record.land({ runId: run.id, candidates: [{ taskId: taskId('b'), attempt: 1 }] });
    const [page] = await pages(run);
    assert.ok(page);
    assert.deepEqual(
      expandPage(page).map(({ id, role, status, dependsOn }) => [id, role, status, dependsOn]),
      [
        ['a', 'test', 'pending', []],
        ['c', 'test', 'pending', []],
      ],
    );
    assert.deepEqual([page.settings.totals.completed, page.settings.totals.begun], [1, true]);
    const only = [taskId('b'), taskId('c')];
    const asked = await run.record.loadGraph({ runId: run.id, after: 0, only });
    assert.deepEqual(
      expandPage(asked).map(({ id, status, progress }) => [id, status, progress?.turns]),
      [
        ['b', 'completed', 1],
        ['c', 'pending', undefined],
      ],
    );
    assert.deepEqual((await run.record.loadGraph({ runId: run.id, after: 0, only: [] })).tasks, []);
  });
});
