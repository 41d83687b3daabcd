/** Creates runs in the database, for tests of the database. */
import type { Database } from '../../src/db/database.js';
import { openDatabase } from '../../src/db/open-database.js';
import { readEvents, type StoredEvent } from '../../src/db/event-log.js';
import { migrate } from '../../src/db/migrate.js';
import { recordNewRun, type NewRun, type RunClaim } from '../../src/db/new-run.js';
import { storeAttempt } from '../../src/db/attempts.js';
import { claimCall } from '../../src/db/calls.js';
import { newAnswer, storeTurn, type NewTurn } from '../../src/db/turns.js';
import {
  registerRunFence,
  registerFence,
  type RunFence,
  type Fence,
  type TaskKey,
} from '../../src/db/fencing.js';
import type { TaskStatus } from '../../src/contract/run-status.js';
import { commitSha, runId, taskId, treeSha, type WorkerId } from '../../src/contract/ids.js';
import type { Plan, PlanTask } from '../../src/plan/plan-schema.js';
import { startPostgres, type TestPostgres } from './postgres.js';
import { livingWorker } from './living-worker.js';

export const BASE = commitSha('0123456789abcdef0123456789abcdef01234567');
export const TIP = commitSha('1123456789abcdef0123456789abcdef01234567');
export const WORK = commitSha('2123456789abcdef0123456789abcdef01234567');
export const TREE = treeSha('3123456789abcdef0123456789abcdef01234567');

/** A PostgreSQL with one migrated database, for the tests of one `describe`. */
export function useDatabase() {
  let running: { readonly server: TestPostgres; readonly url: string; readonly db: Database } | null = null;
  before(async () => {
    const server = await startPostgres();
    const url = await server.createDatabase();
    await migrate(url);
    running = { server, url, db: openDatabase(url) };
  });
  after(async () => {
    await running?.db.close();
    await running?.server.stop();
  });
  const now = () => {
    if (running === null) throw new Error('the database exists in tests and hooks only');
    return running;
  };
  return { db: (): Database => now().db, url: (): string => now().url };
}

/** A task of a plan; a test gives only what it needs. */
export type TaskGiven = Partial<Omit<PlanTask, 'id' | 'dependsOn'>> & {
  readonly id: string;
  readonly dependsOn?: readonly string[];
};

export function planOf(tasks: readonly TaskGiven[]): Plan {
  return {
    name: 'bookshop',
    model: null,
    escalate: null,
    effort: null,
    concurrency: 10,
    test: 'true',
    setup: null,
    network: 'none',
    commands: { max: 60, timeoutMs: 300_000 },
    mcp: {},
    env: [],
    protect: null,
    verify: null,
    retest: 'overlap',
    tryFirst: true,
    instructions: [],
    onBlocker: null,
    onEnd: null,
    prices: {},
    limits: {},
    tasks: tasks.map((given) => ({
      title: `Do ${given.id}`,
      description: '',
      agent: 'backend',
      issue: null,
      canParallelize: true,
      priority: 2,
      files: [],
      test: 'true',
      usesDefaultTest: true,
      model: 'claude-opus-5-5',
      mayChange: [],
      mcp: [],
      effort: 'high',
      timeout: { generateMs: 1_000, testMs: 1_000 },
      ...given,
      id: taskId(given.id),
      dependsOn: (given.dependsOn ?? []).map(taskId),
    })),
  };
}

/** Records a run that has just started. */
export async function recordRun(
  db: Database,
  id: string,
  tasks: readonly TaskGiven[],
  changes: Partial<NewRun> = {},
): Promise<RunClaim> {
  return recordNewRun(db, {
    id: runId(id),
    repository: '/shop',
    gitFolder: '/shop/.git',
    base: BASE,
    plan: planOf(tasks),
    planHash: 'a-plan',
    model: 'scripted',
    modelEndpoint: '',
    concurrency: 10,
    maxCorrections: 3,
    allowRedBase: false,
    ...changes,
  });
}

export function key(run: string, task: string): TaskKey {
  return { runId: runId(run), taskId: taskId(task) };
}

/** One live worker for each database. */
const workers = new WeakMap<Database, Promise<WorkerId>>();

/** The worker that the tests of a database write as. */
export function workerOf(db: Database): Promise<WorkerId> {
  const worker = workers.get(db) ?? livingWorker(db);
  workers.set(db, worker);
  return worker;
}

/** Registers a fencing token for the run as a whole. */
export async function begunForRun(db: Database, run: string): Promise<RunFence> {
  const fence = { runId: runId(run), at: 1, attempt: 1, worker: await workerOf(db) };
  await registerRunFence(db, fence);
  return fence;
}

/** Registers a fencing token for the task; always the same one, as in a repeated activity. */
export async function begun(db: Database, task: TaskKey): Promise<Fence> {
  const fence = { ...task, at: 1, attempt: 1, worker: await workerOf(db) };
  await registerFence(db, fence);
  return fence;
}

/** The transitions that bring a pending task to each status. */
const TRANSITIONS: Record<TaskStatus, readonly TaskStatus[]> = {
  pending: [],
  in_progress: ['in_progress'],
  completed: ['in_progress', 'completed'],
  failed: ['in_progress', 'failed'],
  blocked: ['in_progress', 'blocked'],
  cancelled: ['cancelled'],
  skipped: ['skipped'],
};

/** Brings a pending task to a status by legal transitions. */
export async function driveTo(db: Database, { runId: run, taskId: task }: TaskKey, status: TaskStatus) {
  for (const next of TRANSITIONS[status]) {
    await db.pool.query(`SELECT move_task($1, $2, $3, 'because')`, [run, task, next]);
  }
}

export async function statusOf(db: Database, { runId: run, taskId: task }: TaskKey): Promise<string> {
  const { rows } = await db.pool.query<{ status: string }>(
    'SELECT status FROM tasks WHERE run_id = $1 AND id = $2',
    [run, task],
  );
  return rows[0]?.status ?? 'missing';
}

/** All events of a run. */
export async function eventsOf(db: Database, run: string): Promise<StoredEvent[]> {
  return readEvents(db.pool, runId(run), 0, 100_000);
}

/** Stores an answered turn, by default the task's first one. */
export async function storeTurnOf(db: Database, task: TaskKey, changes: Partial<NewTurn> = {}) {
  const number = changes.number ?? 1;
  const wanted = { turn: number, worstUsd: 1, inFlight: [], unsettled: [] };
  const claim = await claimCall(db, await begun(db, task), wanted);
  if (claim.outcome !== 'claimed') return claim.outcome;
  return storeTurn(db, newAnswer(claim.call, turnOf(task, changes)));
}

/** An answered turn, by default the task's first one. */
export function turnOf({ runId: run, taskId: task }: TaskKey, changes: Partial<NewTurn> = {}): NewTurn {
  return {
    runId: run,
    taskId: task,
    number: 1,
    attempt: 1,
    model: 'scripted',
    requestHash: 'hash',
    prompt: 'Do it.',
    answer: [{ type: 'text', text: 'Done.', citations: null }],
    stopReason: 'end_turn',
    refusal: null,
    usage: {
      inputTokens: 10,
      outputTokens: 5,
      cacheCreationInputTokens: 0,
      cacheCreation1hInputTokens: 0,
      cacheReadInputTokens: 0,
    },
    costUsd: 0.5,
    ms: 20,
    shown: [],
    knownBlobs: [],
    conversation: 1,
    kind: 'work',
    opening: (changes.number ?? 1) === 1 ? { system: 'Work.', tools: [] } : null,
    compactedTokens: null,
    ...changes,
  };
}

/** Stores a turn and the attempt that it submitted. */
export async function storeAttemptOf(db: Database, task: TaskKey, explanation = 'Sums.', number = 1) {
  await storeTurnOf(db, task, { number, attempt: number });
  await storeAttempt(db, await begun(db, task), {
    number,
    turn: number,
    kind: number === 1 ? 'first' : 'correction',
    start: BASE,
    base: BASE,
    commit: WORK,
    tree: TREE,
    files: ['src/a.ts'],
    knownBlobs: [],
    explanation,
  });
}
