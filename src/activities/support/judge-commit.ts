import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  findVerdict,
  readWholeOutput,
  storeVerdict,
  type VerdictKey,
  type VerdictRecord,
} from '../../db/verdicts.js';
import type { RunRecord } from '../../db/task-record.js';
import type { CommitSha, TreeSha } from '../../contract/ids.js';
import { createCommandEnvironment } from '../../sandbox/command-environment.js';
import { storeOutput } from '../../sandbox/output-files.js';
import { runOnCommit, type CommitRun } from '../../sandbox/run-on-commit.js';
import { headAndTail, RECORDED_CHARS } from '../../results/head-and-tail.js';
import { asTerminalText } from '../../results/neutral-output.js';
import { explainEnd, summarise } from '../../results/test-summary.js';
import type { Redactor } from '../../redaction/redactor.js';
import { SharedWork } from '../../shared/async/shared-work.js';
import type { ActivityContext } from './activity-context.js';
import { askAboutSetup, findSameInputs, settleSetup } from './setup-outage.js';

/** A set-up may install packages, which takes longer than a test. The limit ends a hung download. */
const SETUP_TIMEOUT_MS = 10 * 60_000;

/**
 * Files of a commit have the time at which they are unpacked, in whole seconds. This long after a set-up of another commit,
 * compilers that go by times take what that has compiled for older.
 */
const ARCHIVE_TIMES_MS = 1_000;

/** A command to run on a commit. */
export interface JudgeRequest {
  readonly run: RunRecord;
  readonly commit: CommitSha;
  readonly command: string;
  readonly timeoutMs: number;
  /**
   * Commits that are older than the work that is judged, or have passed the same command before it was merged. Where the
   * set-up depends on the same files and fails too, the work is not to blame. The run's base is always one of them.
   */
  readonly earlier?: readonly CommitSha[];
  /** Verdicts are reused per occasion: another one makes the command run again. */
  readonly occasion?: number | 'again' | 'flaky';
  /** Begins the verdict's summary. */
  readonly note?: string;
}

/** A verdict, and whether it is that of a failed set-up: the command itself then did not run. */
export type Judged = VerdictRecord & { readonly failedSetup: boolean };

/**
 * Returns the verdict on (tree, command, environment): the stored one, or else runs the command in a temporary copy.
 * @throws the signal's reason when it is aborted; no verdict is stored then
 * @throws StaleFence when this worker was declared dead while the command ran
 * @throws an error to be retried when the set-up fails at an earlier commit too; a person is asked
 */
export async function judgeCommit(
  context: ActivityContext,
  wanted: JudgeRequest,
  signal: AbortSignal,
): Promise<Judged> {
  const worker = context.worker.id;
  const keys = await keysOf(context, wanted);
  const known = await findByKeys(context, keys);
  const begin = (shared: AbortSignal) => runAndStore(context, wanted, keys, shared);
  const judged =
    known === null
      ? await commandsInProgress.join(JSON.stringify(keys), begin, signal)
      : { ...known, failedSetup: false };
  // Also when another task has got this verdict: then nobody else settles the question.
  if (!judged.failedSetup) await settleEarlierQuestion(context, worker, wanted.run);
  return judged;
}

/** Tasks that start together on one tip often have the same test. */
const commandsInProgress = new SharedWork<Judged>();

async function runAndStore(
  context: ActivityContext,
  wanted: JudgeRequest,
  { key, keyInTime }: VerdictKeys,
  signal: AbortSignal,
): Promise<Judged> {
  const { run, commit, command, note = '' } = wanted;
  // The worker id as of now: if this worker is declared dead meanwhile, another one judges, and its verdict counts.
  const worker = context.worker.id;
  const done = await runUnlessOutage(context, worker, wanted, signal);
  const isOfLimit = done.result.ended === 'timeout' || done.result.ended === 'processor';
  const testKey = isOfLimit ? keyInTime : key;
  // A failed set-up (a registry was unreachable) says nothing about the tree: a random key makes it never match again.
  const failedSetup = done.stage === 'setup';
  const storeKey = failedSetup ? { ...key, environment: randomUUID() } : testKey;
  const redactor = await context.redactors.ofRun(run);
  if (!done.verdict.passed) {
    const output = redactor.redact(done.result.output);
    await storeOutput(context.paths.outputs, { runId: run.id, commit, command }, output);
  }
  // Colour codes first: they could split a secret.
  const whole = redactor.redact(asTerminalText(done.result.output));
  const recorded = done.verdict.passed ? null : headAndTail(whole, RECORDED_CHARS);
  const verdict = createVerdict(done, whole, note, redactor);
  const stored = await storeVerdict(context.db, worker, storeKey, commit, verdict, recorded);
  return { ...stored, failedSetup };
}

/**
 * Runs the command. When its set-up fails although it depends on the same files as at an earlier commit, such as the base, it
 * is tried there: if that works, its result serves the commit too, and if not, no work of an agent is to blame.
 */
async function runUnlessOutage(
  context: ActivityContext,
  worker: string,
  { run, commit, command, timeoutMs, earlier = [] }: JudgeRequest,
  signal: AbortSignal,
): Promise<CommitRun> {
  const setup = setupOf(context, run);
  const environment = { host: context.env, allow: run.plan.env };
  const { runner, store: source, paths } = context;
  const runOn = (at: CommitSha, what: string) =>
    runOnCommit({
      ...{ runner, source, commit: at, treesFolder: paths.trees, setup, command: what, environment },
      ...{ timeoutMs, signal },
    });
  const done = await runOn(commit, command);
  // At the base itself, its first check says what is wrong.
  if (done.stage !== 'setup' || setup === null || commit === run.base) return done;
  const inputs = { ...setup, source, environment };
  const before = await findSameInputs(inputs, commit, [run.base, ...earlier]);
  if (before === null) return done;
  const there = await runOn(before, 'true');
  if (there.stage !== 'setup') {
    await settleEarlierQuestion(context, worker, run);
    await delay(ARCHIVE_TIMES_MS, undefined, { signal });
    return runOn(commit, command);
  }
  const redactor = await context.redactors.ofRun(run);
  throw await askAboutSetup(context, worker, run, before, setupSummary(there, redactor));
}

/** The set-up works: an earlier attempt of this activity may have asked about it. */
async function settleEarlierQuestion(
  context: ActivityContext,
  worker: string,
  run: RunRecord,
): Promise<void> {
  if (run.plan.setup !== null) await settleSetup(context, worker, run);
}

/** Finds the stored verdict that `judgeCommit` would return without running anything; null when there is none. */
export async function findKnownVerdict(
  context: ActivityContext,
  wanted: JudgeRequest,
): Promise<VerdictRecord | null> {
  return findByKeys(context, await keysOf(context, wanted));
}

/** The key of a verdict, and the key of one that holds for this time limit only. */
interface VerdictKeys {
  readonly key: VerdictKey;
  readonly keyInTime: VerdictKey;
}

async function findByKeys(
  { db }: ActivityContext,
  { key, keyInTime }: VerdictKeys,
): Promise<VerdictRecord | null> {
  return findVerdict(db, key, keyInTime.environment);
}

/** A test that used up its time, or its share of processor time, may pass within a longer limit: the limit is part of its key. */
async function keysOf(
  context: ActivityContext,
  { run, commit, command, timeoutMs, occasion = 0 }: JudgeRequest,
): Promise<VerdictKeys> {
  const first = verdictKey(context, run, await context.store.treeOf(commit), command);
  const environment = occasion === 0 ? first.environment : `${first.environment} ${occasion}`;
  const key = { ...first, environment };
  return { key, keyInTime: { ...key, environment: `${environment} within ${timeoutMs}` } };
}

/** The key of the verdict on a tree that this worker gives on the first occasion. */
export function verdictKey(
  context: ActivityContext,
  run: RunRecord,
  tree: TreeSha,
  command: string,
): VerdictKey {
  return { runId: run.id, tree, command, environment: environmentHash(run, context) };
}

/** The plan's set-up, as commands on a commit need it. */
export function setupOf({ paths }: Pick<ActivityContext, 'paths'>, { plan, repository }: RunRecord) {
  if (plan.setup === null) return null;
  return {
    command: plan.setup,
    layersFolder: paths.setupLayers,
    scope: repository,
    network: plan.network === 'setup',
    timeoutMs: SETUP_TIMEOUT_MS,
  };
}

/** What a failed set-up printed, in a line. */
function setupSummary({ command, result, verdict }: CommitRun, redactor: Redactor): string {
  const output = redactor.redact(asTerminalText(result.output));
  return redactor.redact(`${command}: ${explainEnd(verdict, output)}`);
}

function createVerdict(
  { stage, command, result, verdict }: CommitRun,
  output: string,
  note: string,
  redactor: Redactor,
): Omit<VerdictRecord, 'id'> {
  const where = `${note === '' ? '' : `${note}: `}${stage === 'setup' ? `set-up (${command}): ` : ''}`;
  return {
    passed: verdict.passed,
    exitCode: verdict.exitCode,
    notFound: result.commandNotFound,
    ms: Math.round(result.ms),
    summary: redactor.redact(`${where}${explainEnd(verdict, output)}`),
    output: summarise(output),
  };
}

/**
 * A hash of what a verdict depends on besides tree and command, as far as is known: the set-up, the sandbox, and the
 * environment variables that the command sees.
 */
export function environmentHash(
  { plan }: RunRecord,
  { env, runner }: Pick<ActivityContext, 'env' | 'runner'>,
): string {
  // The command's own folders differ each time without changing the outcome, so fixed names stand for them.
  const seen = createCommandEnvironment(env, plan.env, { tree: '/tree', home: '/home', tmp: '/tmp' });
  const parts = [plan.setup, plan.network, runner.describe().kind, Object.entries(seen).sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** A merge commit that may land on the branch. */
export interface Merge {
  readonly commit: CommitSha;
  readonly tree: TreeSha;
}

/**
 * Finds the verdict on a merge, for landing. It counts in every environment: otherwise two workers with different
 * environments would request the test from each other for ever. If there is none, a verdict on the same tree in this
 * worker's environment counts.
 */
export async function findMergeVerdict(
  context: ActivityContext,
  run: RunRecord,
  { commit, tree }: Merge,
  command: string,
): Promise<VerdictRecord | null> {
  const key = { runId: run.id, tree, command, environment: mergeKey(commit) };
  return findVerdict(context.db, key, environmentHash(run, context));
}

/**
 * Tests a merge and stores its verdict, once. That of a failed set-up too, unless it is an outage: without a verdict, the
 * queue would have the merge tested for ever.
 */
export async function judgeMerge(
  context: ActivityContext,
  wanted: JudgeRequest,
  signal: AbortSignal,
): Promise<void> {
  const { run, commit, command } = wanted;
  const worker = context.worker.id;
  const key = {
    runId: run.id,
    tree: await context.store.treeOf(commit),
    command,
    environment: mergeKey(commit),
  };
  if ((await findVerdict(context.db, key)) !== null) return;
  const judged = await judgeCommit(context, wanted, signal);
  // The agent that gets a red one may read the whole output, by the id of the copy.
  const wholeOutput = judged.passed ? null : await readWholeOutput(context.db, judged.id);
  await storeVerdict(context.db, worker, key, commit, judged, wholeOutput);
}

/** Used instead of an environment: a key for exactly this merge. */
function mergeKey(commit: CommitSha): string {
  return `merge ${commit}`;
}
