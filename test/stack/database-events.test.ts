import assert from 'node:assert/strict';
import { eventSchema } from '../../src/contract/events.js';
import { storeAttempt } from '../../src/db/attempts.js';
import { askPerson, answerBlocker, listOpenBlockers } from '../../src/db/blockers.js';
import { openDatabase } from '../../src/db/open-database.js';
import { readEvents } from '../../src/db/event-log.js';
import { readLandings, recordLanding } from '../../src/db/landings.js';
import { readRunView } from '../../src/db/run-view.js';
import { failTask, moveRun } from '../../src/db/task-status.js';
import { readTurns, recordRefusal } from '../../src/db/turns.js';
import { findVerdict, storeVerdict, recordVerdict } from '../../src/db/verdicts.js';
import { runId } from '../../src/contract/ids.js';
import {
  BASE,
  begun,
  begunForRun,
  workerOf,
  driveTo,
  eventsOf,
  key,
  recordRun,
  storeTurnOf,
  TIP,
  TREE,
  useDatabase,
  WORK,
} from '../support/run-record.js';

/** Text that a hostile answer or test output may contain but a text column may not: a zero byte, a lone surrogate. */
const ODD = 'a\0b \ud83d c \udc4d 👍 "\\u0000"';
const KEPT = 'a\ufffdb \ufffd c \ufffd 👍 "\\u0000"';

describe('the event log', () => {
  const { db, url } = useDatabase();

  it('numbers events without gap, repeat or disorder while many write and some fail', async () => {
    const runs = ['e1', 'e2', 'e3'];
    for (const run of runs) await recordRun(db(), run, [{ id: 'price' }]);
    const writers = openDatabase(url(), 50);
    const each = 12;
    let open = true;
    const polled = runs.map(async (run) => {
      const seen: number[] = [];
      for (let last = false; !last;) {
        // Once more after the end, so that the last commits are read too.
        last = !open;
        seen.push(...(await readEvents(db().pool, runId(run), seen.at(-1) ?? 0, 7)).map(({ seq }) => seq));
        if (last && seen.length < (await eventsOf(db(), run)).length) last = false;
      }
      return seen;
    });
    const write = async (writer: number) => {
      for (let step = 0; step < each; step += 1) {
        const run = runs[(writer + step) % runs.length];
        const client = await writers.pool.connect();
        await client.query('BEGIN');
        await client.query(
          `SELECT append_event($1, 'price', 'changes.refused', '{"attempt":1,"reason":"r"}')`,
          [run],
        );
        // Every fourth transaction is rolled back.
        await client.query((writer + step) % 4 === 0 ? 'ROLLBACK' : 'COMMIT');
        client.release();
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, writer) => write(writer)));
    open = false;
    const seen = await Promise.all(polled);
    await writers.close();
    for (const seqs of seen)
      assert.deepEqual(
        seqs,
        seqs.map((_, index) => index + 1),
      );
    // A quarter of 600 was rolled back; each run began with one event.
    assert.equal(seen.flat().length, 450 + 3);
  });

  it('records nothing for a run that does not exist', async () => {
    await assert.rejects(db().pool.query(`SELECT append_event('nobody', NULL, 'run.status', '{}')`));
  });

  /** The whole life of a task whose texts, all from outside, the database cannot store as they are. */
  async function oddLife(run: string): Promise<void> {
    await recordRun(db(), run, [{ id: 'price', description: ODD, issue: ODD, files: [ODD] }, { id: 'cart' }]);
    const task = key(run, 'price');
    await driveTo(db(), task, 'in_progress');
    await storeTurnOf(db(), task, {
      prompt: ODD,
      answer: [{ type: 'text', text: ODD, citations: null }],
      shown: [ODD],
    });
    await recordRefusal(db(), await begun(db(), task), {
      turn: 1,
      attempt: 1,
      path: ODD,
      reason: ODD,
      reply: ODD,
    });
    await storeAttempt(db(), await begun(db(), task), {
      number: 1,
      turn: 1,
      kind: 'first',
      start: BASE,
      base: BASE,
      commit: WORK,
      tree: TREE,
      files: [ODD],
      knownBlobs: [],
      explanation: ODD,
    });
    const known = { runId: task.runId, tree: TREE, command: 'x', environment: '' };
    const result = { exitCode: null, notFound: false, ms: 1, summary: ODD, output: ODD };
    const verdict = await storeVerdict(db(), await workerOf(db()), known, WORK, { ...result, passed: true });
    const about = { attempt: 1, turn: 1, commit: WORK, command: 'x', correction: false, reply: ODD };
    await recordVerdict(db(), await begun(db(), task), {
      ...about,
      verdict: { ...verdict, summary: ODD },
      next: null,
    });
    const [record] = await readLandings(db(), task.runId, [{ taskId: task.taskId, attempt: 1 }]);
    assert.ok(record);
    const odd = { record: { ...record, explanation: ODD }, files: [ODD] };
    const tips = { from: BASE, to: TIP };
    assert.ok(
      await recordLanding(db(), await workerOf(db()), task.runId, tips, [{ ...odd, commit: TIP }], []),
    );
    const other = key(run, 'cart');
    await driveTo(db(), other, 'in_progress');
    await askPerson(db(), await begun(db(), other), { reason: 'question', question: ODD });
    const [blocker] = await listOpenBlockers(db(), other.runId);
    assert.ok(blocker);
    await answerBlocker(db(), blocker.id, 'ada', ODD);
    await driveTo(db(), other, 'in_progress');
    await failTask(db(), await begun(db(), other), ODD);
    await moveRun(db(), await begunForRun(db(), other.runId), 'failed', { code: 'x', reason: ODD });
  }

  it('matches the contract, whatever text the model and the tests produce', async () => {
    await oddLife('odd');
    const events = await eventsOf(db(), 'odd');
    const parsed = events.map((event) => eventSchema.parse(event));
    assert.deepEqual(
      parsed.map(({ type }) => type),
      [
        'run.status',
        'task.status',
        'model.call',
        'changes.refused',
        'changes.applied',
        'tests.finished',
        'merge.finished',
        'task.status',
        'task.status',
        'task.status',
        'blocker.raised',
        'blocker.resolved',
        'task.status',
        'task.status',
        'run.status',
      ],
    );
    assert.deepEqual(parsed.find(({ type }) => type === 'changes.refused')?.data, {
      attempt: 1,
      path: KEPT,
      reason: KEPT,
    });
    const [turn] = await readTurns(db(), runId('odd'), key('odd', 'price').taskId);
    assert.deepEqual([turn?.prompt, turn?.shown], [KEPT, [KEPT]]);
    const view = await readRunView(db(), runId('odd'), { dashboard: '', temporal: '' });
    const [price] = view?.tasks ?? [];
    assert.deepEqual([price?.output, price?.filesModified, price?.commit], [KEPT, [KEPT], TIP]);
  });

  it('keeps a null exit code, and omits absent fields', async () => {
    const finished = (await eventsOf(db(), 'odd')).find(({ type }) => type === 'tests.finished');
    assert.deepEqual(finished?.data, {
      attempt: 1,
      commit: WORK,
      command: 'x',
      passed: true,
      exitCode: null,
      ms: 1,
      summary: KEPT,
    });
  });

  it('distinguishes the verdicts on a tree by command and environment, for commands of any length', async () => {
    await recordRun(db(), 'long', [{ id: 'price' }]);
    // Random and therefore incompressible: longer than the largest index entry.
    const command = Array.from({ length: 4_000 }, (_, n) => (n * n * 7919).toString(36)).join(' ');
    const known = { runId: runId('long'), tree: TREE, command, environment: 'e' };
    const result = { exitCode: 0, notFound: false, ms: 1, summary: '', output: '' };
    const kept = await storeVerdict(db(), await workerOf(db()), known, WORK, { ...result, passed: true });
    const again = await storeVerdict(db(), await workerOf(db()), known, WORK, { ...result, passed: false });
    assert.deepEqual(again, kept);
    assert.deepEqual(await findVerdict(db(), known), kept);
    assert.equal(await findVerdict(db(), { ...known, environment: 'other' }), null);
    assert.deepEqual(await findVerdict(db(), { ...known, environment: 'other' }, 'e'), kept);
    const second = await storeVerdict(db(), await workerOf(db()), { ...known, environment: 'f' }, WORK, {
      ...result,
      passed: false,
    });
    assert.deepEqual(await findVerdict(db(), { ...known, environment: 'f' }, 'e'), second);
    assert.deepEqual(await findVerdict(db(), known, 'f'), kept);
    assert.equal(await findVerdict(db(), { ...known, command: `${command} x` }), null);
  });

  it('adds up more tokens than fit into 32 bits', async () => {
    await recordRun(db(), 'large', [{ id: 'price' }, { id: 'cart' }]);
    const usage = {
      inputTokens: 1_500_000_000,
      outputTokens: 5,
      cacheCreationInputTokens: 0,
      cacheCreation1hInputTokens: 0,
      cacheReadInputTokens: 0,
    };
    for (const task of ['price', 'cart']) await storeTurnOf(db(), key('large', task), { usage });
    const view = await readRunView(db(), runId('large'), { dashboard: '', temporal: '' });
    assert.deepEqual(view?.usage, {
      modelCalls: 2,
      inputTokens: 3_000_000_000,
      outputTokens: 10,
      costUsd: 1,
      possiblyBilled: { calls: 0, costUsd: 0 },
    });
  });
});
