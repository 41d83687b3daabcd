import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import pg from 'pg';
import { answerBlocker, askAboutRun, askPerson, listOpenBlockers } from '../../src/db/blockers.js';
import type { Database } from '../../src/db/database.js';
import { recordLanding } from '../../src/db/landings.js';
import { StaleFence } from '../../src/db/fencing.js';
import { cancelRun, failTask, moveRun, retryTask } from '../../src/db/task-status.js';
import { beginTurn, recordRefusal } from '../../src/db/turns.js';
import { recordWait } from '../../src/db/waits.js';
import { runId, taskId } from '../../src/contract/ids.js';
import {
  BASE,
  begun,
  begunForRun,
  workerOf,
  eventsOf,
  key,
  recordRun,
  storeAttemptOf,
  storeTurnOf,
  TREE,
  useDatabase,
} from '../support/run-record.js';
import { Random } from '../chaos/random.js';

/** PostgreSQL's code for errors raised by the record's own functions; a test of locks expects many of them. */
const ILLEGAL = new Set(['23514', '23505', '23503']);

const TASKS = Array.from({ length: 24 }, (_, index) => `t${String(index).padStart(2, '0')}`);

describe('locks', () => {
  const { db } = useDatabase();

  const steps: readonly ((db: Database, run: string, task: string, n: number) => Promise<unknown>)[] = [
    async (at, run, task) => beginTurn(at, await begun(at, key(run, task)), 1),
    async (at, run, task, n) =>
      recordWait(at, await begun(at, key(run, task)), {
        ...{ model: n % 2 === 0 ? 'scripted' : 'other', attempt: 1, turn: 1, tried: true, delayMs: 1_000 },
        reason: n % 3 === 0 ? 'busy' : 'overloaded',
      }),
    (at, run, task, n) => storeTurnOf(at, key(run, task), { number: 1 + (n % 40) }),
    (at, run, task, n) => storeAttemptOf(at, key(run, task), 'x', 1 + (n % 40)),
    async (at, run, task) => failTask(at, await begun(at, key(run, task)), 'No more.'),
    (at, run, task) => retryTask(at, key(run, task)),
    async (at, run, task) =>
      askPerson(at, await begun(at, key(run, task)), { reason: 'question', question: 'Which?' }),
    async (at, run, task) =>
      askPerson(at, await begun(at, key(run, task)), {
        reason: 'model_access',
        question: 'Key?',
        wholeRun: true,
      }),
    async (at, run) =>
      askAboutRun(at, await workerOf(at), runId(run), { reason: 'model_access', question: 'Key?' }),
    async (at, run) => moveRun(at, await begunForRun(at, run), 'blocked'),
    async (at, run) => moveRun(at, await begunForRun(at, run), 'running'),
    async (at, run, task, n) =>
      recordRefusal(at, await begun(at, key(run, task)), {
        turn: 1 + (n % 40),
        attempt: 1,
        path: null,
        reason: 'r',
        reply: 'r',
      }),
    async (at, run) => {
      for (const { id } of await listOpenBlockers(at, runId(run)))
        await answerBlocker(at, id, 'ada', 'Go on.');
    },
    async (at, run, task, n) => {
      const other = TASKS[n % TASKS.length] ?? task;
      const record = (of: string) => ({
        taskId: taskId(of),
        attempt: 1,
        turn: 1,
        title: 'x',
        explanation: 'x',
        testCommand: 'true',
        start: BASE,
        commit: BASE,
        tree: TREE,
        role: 'backend' as const,
        mayChange: [],
        shown: [],
        servers: [],
        handedIn: [],
        landing: null,
        nextStart: null,
        nextDraft: null,
        accepted: false,
        passed: true,
        kind: 'first' as const,
        at: new Date(),
      });
      const back = [other, task].map((of) => ({
        record: record(of),
        outcome: 'conflict' as const,
        test: null,
        files: [],
        shown: [],
        knownBlobs: [],
        reply: 'x',
        start: BASE,
        draft: BASE,
      }));
      return recordLanding(at, await workerOf(at), runId(run), { from: BASE, to: BASE }, [], back);
    },
  ];

  async function quietly(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      // A cancelled run accepts no further write.
      if (error instanceof StaleFence) return;
      const code = error instanceof pg.DatabaseError ? error.code : undefined;
      if (code === undefined || !ILLEGAL.has(code)) throw error;
    }
  }

  it('are taken in one order by all concurrent transactions', async () => {
    const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
    const random = new Random(seed);
    try {
      for (const run of ['l1', 'l2', 'l3']) {
        await recordRun(
          db(),
          run,
          TASKS.map((id, index) => ({ id, dependsOn: index % 4 === 0 ? [] : [TASKS[index - 1] ?? id] })),
        );
        const plans = Array.from({ length: 600 }, () => ({
          step: steps[random.below(steps.length)],
          task: TASKS[random.below(TASKS.length)] ?? 't00',
          n: random.below(1_000),
        }));
        const walk = async () => {
          for (let plan = plans.pop(); plan !== undefined; plan = plans.pop()) {
            const { step, task, n } = plan;
            await quietly(async () => step?.(db(), run, task, n));
          }
        };
        await Promise.all(Array.from({ length: 16 }, walk));
        await Promise.all([
          cancelRun(db(), runId(run)),
          ...TASKS.toReversed().map((task) =>
            quietly(async () => beginTurn(db(), await begun(db(), key(run, task)), 1)),
          ),
          ...TASKS.toReversed().map((task, n) =>
            quietly(() => storeTurnOf(db(), key(run, task), { number: 41 + n })),
          ),
        ]);
        const events = await eventsOf(db(), run);
        assert.deepEqual(
          events.map(({ seq }) => seq),
          events.map((_, index) => index + 1),
        );
      }
    } catch (error) {
      throw new Error(`with SEED=${seed}: ${String(error)}`, { cause: error });
    }
  });
});
