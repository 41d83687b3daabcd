import assert from 'node:assert/strict';
import type { SpanKind } from '../../src/contract/api.js';
import type { EventType } from '../../src/contract/events.js';
import { moveRun } from '../../src/db/task-status.js';
import { readTimeline } from '../../src/db/timeline-view.js';
import { runId } from '../../src/contract/ids.js';
import { begunForRun, driveTo, key, recordRun, storeAttemptOf, useDatabase } from '../support/run-record.js';

const RUN = runId('still');
const START = Date.parse('2026-11-24T10:00:00Z');
const MINUTE = 60_000;

describe('the timeline of a run that is paused', function () {
  this.timeout(60_000);
  const { db } = useDatabase();

  /** The spans of a kind that a task has, in minutes since the start: null for an open end. */
  async function spansOf(task: string, kind: SpanKind) {
    const spans = await readTimeline(db(), RUN);
    const minutes = (at: string) => (Date.parse(at) - START) / MINUTE;
    return spans
      .filter((span) => span.taskId === task && span.kind === kind)
      .map(({ startedAt, endedAt }) => [minutes(startedAt), endedAt === null ? null : minutes(endedAt)]);
  }

  /** Records the only event of its type that a task has, at a minute since the start. */
  async function recordAt(minute: number, task: string, type: EventType, data: object) {
    await db().pool.query(`SELECT append_event('still', $1, $2, $3)`, [task, type, JSON.stringify(data)]);
    await db().pool.query(`UPDATE events SET at = $3 WHERE task_id = $1 AND type = $2`, [
      ...[task, type],
      new Date(START + minute * MINUTE),
    ]);
  }

  before(async () => {
    await recordRun(db(), 'still', [{ id: 'free' }, { id: 'tested' }, { id: 'asking' }]);
    for (const task of ['tested', 'asking']) await driveTo(db(), key(RUN, task), 'in_progress');
    await storeAttemptOf(db(), key(RUN, 'tested'));
    await db().pool.query(`SELECT raise_blocker('still', 'asking', 'question', 'Which currency?', 1)`);
    const fence = await begunForRun(db(), RUN);
    for (const status of ['paused', 'running', 'paused'] as const) await moveRun(db(), fence, status);
    const at = `$1::timestamptz + interval '1 minute' * `;
    const start = new Date(START);
    await db().pool.query(`UPDATE runs SET created_at = $1`, [start]);
    await db().pool.query(`UPDATE attempts SET created_at = ${at} 5`, [start]);
    await db().pool.query(`UPDATE blockers SET at = ${at} 5`, [start]);
    // The pauses are from minute 10 to 20, and since minute 30.
    await db().pool.query(
      `UPDATE events SET at = ${at} (10 * numbered.pause) FROM
        (SELECT seq, row_number() OVER (ORDER BY seq) - 1 AS pause FROM events WHERE type = 'run.status') AS numbered
        WHERE numbered.seq = events.seq`,
      [start],
    );
  });

  it('leaves the pauses out of what stands still', async () => {
    assert.deepEqual(await spansOf('free', 'wait'), [
      [0, 10],
      [20, 30],
    ]);
    assert.deepEqual(await spansOf('tested', 'test'), [
      [5, 10],
      [20, 30],
    ]);
  });

  it('keeps what goes on', async () => {
    assert.deepEqual(await spansOf('asking', 'person'), [[5, null]]);
    assert.equal((await spansOf('tested', 'model')).length, 1);
  });

  it('shows a landing that began and ended within a pause', async () => {
    await recordAt(12, 'landing', 'tests.finished', {});
    await recordAt(13, 'landing', 'merge.finished', { outcome: 'landed' });
    assert.deepEqual(await spansOf('landing', 'merge'), [[12, 13]]);
  });

  it('shows commands and tools of servers, which go on in a pause', async () => {
    const [command, call] = [{ command: 'npm test' }, { server: 'docs', tool: 'look' }];
    await recordAt(9, 'calling', 'command.finished', { attempt: 1, ...command, ms: MINUTE });
    await recordAt(14, 'calling', 'mcp.call', { attempt: 1, ...call, ms: 2 * MINUTE });
    assert.deepEqual(await spansOf('calling', 'command'), [
      [8, 9],
      [12, 14],
    ]);
    const spans = await readTimeline(db(), RUN);
    const labels = spans.filter(({ taskId }) => taskId === 'calling').map(({ label }) => label);
    assert.deepEqual(labels, ['npm test', 'docs: look']);
  });

  it('goes on where the run does', async () => {
    await moveRun(db(), await begunForRun(db(), RUN), 'running');
    await db().pool.query(
      `UPDATE events SET at = $1 WHERE seq = (SELECT max(seq) FROM events WHERE type = 'run.status')`,
      [new Date(START + 40 * MINUTE)],
    );
    assert.deepEqual((await spansOf('free', 'wait')).at(-1), [40, null]);
    assert.deepEqual((await spansOf('tested', 'test')).at(-1), [40, null]);
  });

  it('is shown also when the clock was set back in a pause', async () => {
    await db().pool.query(
      `UPDATE events SET at = $1 WHERE seq = (SELECT max(seq) FROM events WHERE type = 'run.status')`,
      [new Date(START + 25 * MINUTE)],
    );
    assert.deepEqual(await spansOf('free', 'wait'), [
      [0, 10],
      [20, null],
    ]);
  });
});
