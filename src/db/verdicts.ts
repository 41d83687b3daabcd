/** Verdicts on (tree, command, environment), and what they mean for the attempt that asked. */
import { createHash } from 'node:crypto';
import {
  commitSha,
  taskId as parseTaskId,
  treeSha,
  type CommitSha,
  type RunId,
  type TaskId,
  type TreeSha,
} from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence, TaskKey } from './fencing.js';
import { onlyRow } from './sql/statement.js';
import * as sql from './sql/verdicts.js';

/** What a tree was tested for. */
export interface VerdictKey {
  readonly runId: RunId;
  readonly tree: TreeSha;
  readonly command: string;
  /** A hash of what else the outcome depends on: set-up, variables, the runner. */
  readonly environment: string;
}

export type VerdictRecord = Readonly<sql.VerdictRow>;

/** Command and environment as one short key: a command may be longer than an index takes. */
function hashEnvironment({ command, environment }: VerdictKey): string {
  return createHash('sha256')
    .update(JSON.stringify([command, environment]))
    .digest('hex');
}

/** The verdict that is known already, so that no tree is tested twice in a run. */
export async function findVerdict(db: Database, key: VerdictKey): Promise<VerdictRecord | null> {
  const [verdict] = await sql.selectVerdict(db.pool, key.runId, key.tree, hashEnvironment(key));
  return verdict ?? null;
}

/** The verdict that an attempt was given; null before that. */
export async function findVerdictOfAttempt(
  db: Database,
  { runId, taskId, attempt }: TaskKey & { readonly attempt: number },
): Promise<VerdictRecord | null> {
  const [verdict] = await sql.selectVerdictOfAttempt(db.pool, runId, taskId, attempt);
  return verdict ?? null;
}

/** Stores a verdict. When another worker was faster, its verdict stands. */
export async function storeVerdict(
  db: Database,
  key: VerdictKey,
  commit: CommitSha,
  verdict: Omit<VerdictRecord, 'id'>,
): Promise<VerdictRecord> {
  const { runId, tree, command } = key;
  const values = { ...verdict, run: runId, tree, command, environmentHash: hashEnvironment(key), commit };
  return onlyRow(await sql.upsertVerdict(db.pool, values));
}

export interface AttemptVerdict {
  readonly attempt: number;
  readonly turn: number;
  readonly commit: CommitSha;
  readonly command: string;
  readonly verdict: VerdictRecord;
  /** Whether the attempt came after a red verdict. */
  readonly correction: boolean;
  /** What the model will be told of a red one. */
  readonly reply: string;
  /** The correction that a red one starts; null when none is left. */
  readonly next: { readonly correction: number; readonly reason: string } | null;
}

/**
 * Gives an attempt its verdict, once: its counts, its events, and the correction that follows, in one
 * statement.
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
  });
}

/** A verdict, and the attempt that it was given to: null where it was of a merge, or of the branch as a whole. */
export interface GivenVerdict extends Omit<VerdictRecord, 'id'> {
  readonly taskId: TaskId | null;
  readonly attempt: number | null;
  readonly commit: CommitSha;
  readonly tree: TreeSha;
  readonly command: string;
}

/** All verdicts of a run in order; one that was given to several attempts comes once for each. */
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
    const ofNone = { taskId: null, attempt: null };
    return (given.length === 0 ? [ofNone] : given).map((to): GivenVerdict => ({ ...to, ...verdict }));
  });
}
