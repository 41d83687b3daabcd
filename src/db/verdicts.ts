/** Verdicts on (tree, command, environment), and their effect on the attempt that was tested. */
import { createHash } from 'node:crypto';
import {
  commitSha,
  taskId as parseTaskId,
  treeSha,
  type CommitSha,
  type RunId,
  type TaskId,
  type TreeSha,
  type WorkerId,
} from '../contract/ids.js';
import type { VerdictView } from '../contract/api.js';
import type { Database } from './database.js';
import type { Fence, RunFence, TaskKey } from './fencing.js';
import type { Prisma } from './generated/client.js';
import { onlyRow } from './sql/statement.js';
import * as sql from './sql/verdicts.js';

/** What a verdict is about. */
export interface VerdictKey {
  readonly runId: RunId;
  readonly tree: TreeSha;
  readonly command: string;
  /** Hash of everything else that the outcome depends on: set-up, variables, the runner. */
  readonly environment: string;
}

export type VerdictRecord = Readonly<sql.VerdictRow>;

/** Hashes command and environment into one short key: a command may be too long for an index. */
function hashEnvironment({ command, environment }: VerdictKey): string {
  return createHash('sha256')
    .update(JSON.stringify([command, environment]))
    .digest('hex');
}

/** Finds a stored verdict, so that a run tests no tree twice. With several environments, the first one that has any. */
export async function findVerdict(
  db: Database,
  { environment, ...key }: VerdictKey,
  ...others: readonly string[]
): Promise<VerdictRecord | null> {
  const hashes = [environment, ...others].map((each) => hashEnvironment({ ...key, environment: each }));
  const [verdict] = await sql.selectVerdict(db.pool, key.runId, key.tree, hashes);
  return verdict ?? null;
}

/** Finds the verdict on an attempt; null before it has one. */
export async function findVerdictOfAttempt(
  db: Database,
  { runId, taskId, attempt }: TaskKey & { readonly attempt: number },
): Promise<VerdictRecord | null> {
  const [verdict] = await sql.selectVerdictOfAttempt(db.pool, runId, taskId, attempt);
  return verdict ?? null;
}

/**
 * Reads the whole output of a failed test of the task: of an attempt, of its merge, or of the try at the task's start. A
 * verdict may belong to several tasks.
 * @param mention what the message says that tells of a try
 * @returns null when the task has none by this id
 */
export async function readTestOutput(
  db: Database,
  { runId, taskId }: TaskKey,
  { id, mention }: { readonly id: number; readonly mention: string },
): Promise<string | null> {
  const [row] = await sql.selectTestOutput(db.pool, runId, taskId, id, mention);
  return row?.wholeOutput ?? null;
}

/** Reads a stored verdict; null when it was removed with its run. */
export async function readVerdict(db: Database, id: number): Promise<VerdictRecord | null> {
  const [verdict] = await sql.selectVerdictById(db.pool, id);
  return verdict ?? null;
}

/** Reads the whole output of a failed test; null when there is none, or the verdict was removed with its run. */
export async function readWholeOutput({ prisma }: Database, id: number): Promise<string | null> {
  const row = await prisma.testResult.findUnique({ where: { id }, select: { wholeOutput: true } });
  return row?.wholeOutput ?? null;
}

/**
 * Stores a verdict and returns it; returns the stored one when another worker was faster.
 * @param worker the worker that ran the command, by its name when it began
 * @throws StaleFence when that worker was declared dead: another one runs the command in its place
 */
export async function storeVerdict(
  db: Database,
  worker: WorkerId,
  key: VerdictKey,
  commit: CommitSha,
  verdict: Omit<VerdictRecord, 'id'>,
  wholeOutput: string | null = null,
): Promise<VerdictRecord> {
  const { runId, tree, command } = key;
  const values = {
    ...verdict,
    worker,
    run: runId,
    tree,
    command,
    environmentHash: hashEnvironment(key),
    commit,
    wholeOutput,
  };
  return onlyRow(await sql.upsertVerdict(db.pool, values));
}

/** Records the verdict of `verify` on a commit, unless the branch has moved on. @throws StaleFence */
export async function recordVerified(
  db: Database,
  fence: RunFence,
  tip: CommitSha,
  verdict: Pick<VerdictRecord, 'id' | 'passed'>,
): Promise<void> {
  await sql.recordVerified(db.pool, fence, tip, verdict);
}

/**
 * Records that the tip has passed `verify`, if its tree has passed that command before, no check of the branch has failed, and
 * no person was asked about the run.
 * @param worker the id of the worker that asks, as it was when the work began
 * @returns whether it is recorded
 * @throws StaleFence when that worker was declared dead meanwhile
 */
export async function recordKnownVerify(
  db: Database,
  worker: WorkerId,
  tip: CommitSha,
  key: VerdictKey,
): Promise<boolean> {
  const found = await sql.recordKnownVerify(db.pool, worker, key.runId, tip, key.tree, hashEnvironment(key));
  return found.length > 0;
}

/** Reads the verdict of a run's `verify` that failed on its tip; null when it has not failed, or there is no such run. */
export async function readVerifyOf({ prisma }: Database, runId: RunId): Promise<VerdictView | null> {
  const run = await prisma.run.findUnique({
    where: { id: runId },
    select: { verified: true, verifyTestId: true },
  });
  return run === null ? null : readFailedVerify(prisma, run);
}

/** As `readVerifyOf`, for a run that was read. */
export async function readFailedVerify(
  { testResult }: Pick<Prisma.TransactionClient, 'testResult'>,
  { verified, verifyTestId }: { readonly verified: boolean | null; readonly verifyTestId: number | null },
): Promise<VerdictView | null> {
  if (verified !== false || verifyTestId === null) return null;
  return testResult.findUnique({
    where: { id: verifyTestId },
    select: { command: true, passed: true, exitCode: true, ms: true, summary: true, output: true },
  });
}

export interface NextCorrection {
  readonly correction: number;
  readonly reason: string;
  /** Whether it goes on from the task's start, in a new conversation: the attempt failed like the one before. */
  readonly startsAgain: boolean;
}

export interface AttemptVerdict {
  readonly attempt: number;
  readonly turn: number;
  readonly commit: CommitSha;
  readonly command: string;
  readonly verdict: VerdictRecord;
  /** Whether the attempt followed a red verdict. */
  readonly correction: boolean;
  /** The reply to the model after a red verdict. */
  readonly reply: string;
  /** The correction that a red verdict starts; null when none is left. */
  readonly next: NextCorrection | null;
}

/**
 * Records the verdict on an attempt with its counts, its events and the next correction, in one statement. A repeat
 * does nothing.
 * @throws StaleFence
 */
export async function recordVerdict(db: Database, fence: Fence, given: AttemptVerdict): Promise<void> {
  const { verdict } = given;
  const finished = {
    attempt: given.attempt,
    commit: given.commit,
    command: given.command,
    passed: verdict.passed,
    exitCode: verdict.exitCode,
    ms: verdict.ms,
    summary: verdict.summary,
  };
  const { passed } = verdict;
  await sql.recordVerdict(db.pool, fence, {
    attempt: given.attempt,
    turn: given.turn,
    test: verdict.id,
    passed,
    correction: given.correction,
    reply: passed ? null : given.reply,
    event: finished,
    nextCorrection: passed ? null : (given.next?.correction ?? null),
    nextReason: passed ? null : (given.next?.reason ?? ''),
    startsAgain: !passed && given.next?.startsAgain === true,
  });
}

/** A verdict and the attempt that it is about; null for a verdict on a merge or on the whole branch. */
export interface GivenVerdict extends Omit<VerdictRecord, 'id'> {
  readonly taskId: TaskId | null;
  readonly attempt: number | null;
  readonly commit: CommitSha;
  readonly tree: TreeSha;
  readonly command: string;
}

/** Lists all verdicts of a run in order. A verdict on several attempts is listed once for each. */
export async function listVerdicts(db: Database, runId: RunId): Promise<GivenVerdict[]> {
  const rows = await db.prisma.testResult.findMany({
    where: { runId },
    include: {
      attempts: {
        select: { taskId: true, number: true },
        orderBy: [{ taskId: 'asc' }, { number: 'asc' }],
      },
    },
    orderBy: { id: 'asc' },
  });
  return rows.flatMap((row) => {
    const verdict = {
      commit: commitSha(row.commit),
      tree: treeSha(row.tree),
      command: row.command,
      passed: row.passed,
      exitCode: row.exitCode,
      notFound: row.notFound,
      ms: row.ms,
      summary: row.summary,
      output: row.output,
    };
    const given = row.attempts.map(({ taskId, number }) => ({
      taskId: parseTaskId(taskId),
      attempt: number,
    }));
    const noAttempt = { taskId: null, attempt: null };
    return (given.length === 0 ? [noAttempt] : given).map((to): GivenVerdict => ({ ...to, ...verdict }));
  });
}
