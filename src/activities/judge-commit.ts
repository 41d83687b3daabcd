import { createHash, randomUUID } from 'node:crypto';
import { findVerdict, storeVerdict, type VerdictRecord } from '../db/verdicts.js';
import type { RunRecord } from '../db/task-record.js';
import type { CommitSha, TreeSha } from '../contract/ids.js';
import { scrubbedEnvironment } from '../sandbox/command-environment.js';
import { storeOutput } from '../sandbox/output-files.js';
import { runOnCommit, type CommitRun } from '../sandbox/run-on-commit.js';
import { oneLine, summarise } from '../results/test-summary.js';
import type { Redactor } from '../redaction/redactor.js';
import type { ActivityContext } from './activity-context.js';

/** A set-up may install packages: longer than a test, bounded so that a hung download ends. */
const SETUP_TIMEOUT_MS = 10 * 60_000;

/** A command on a commit of a run. */
export interface JudgeRequest {
  readonly run: RunRecord;
  readonly commit: CommitSha;
  readonly command: string;
  readonly timeoutMs: number;
  /** Another occasion than the tests' own, on which an earlier verdict does not count. */
  readonly occasion?: number;
}

/**
 * The verdict on (tree, command, environment): the one that is kept, or that of a run in a throw-away copy.
 * @throws the signal's reason when it is cancelled: no verdict then
 */
export async function judgeCommit(
  context: ActivityContext,
  wanted: JudgeRequest,
  signal: AbortSignal,
): Promise<VerdictRecord> {
  const { run, commit, command, occasion = 0 } = wanted;
  const environment = environmentHash(run, context);
  const key = {
    runId: run.id,
    tree: await context.store.treeOf(commit),
    command,
    environment: occasion === 0 ? environment : `${environment} ${occasion}`,
  };
  // "It was not done in time" says nothing to whoever gives it more.
  const keyInTime = { ...key, environment: `${key.environment} within ${wanted.timeoutMs}` };
  const known = (await findVerdict(context.db, key)) ?? (await findVerdict(context.db, keyInTime));
  if (known !== null) return known;
  const done = await runOnCommit({
    runner: context.runner,
    source: context.store,
    commit,
    treesFolder: context.paths.trees,
    setup: setupOf(context, run),
    command,
    environment: { host: context.env, allow: run.plan.env },
    timeoutMs: wanted.timeoutMs,
    signal,
  });
  const overTime = done.result.ended === 'timeout' ? keyInTime : key;
  // A set-up that failed (a registry that was away) says nothing of the tree: it is not found again.
  const found = done.stage === 'setup' ? { ...key, environment: randomUUID() } : overTime;
  const masker = await context.redactors.ofRun(run);
  const output = masker.mask(done.result.output);
  if (!done.verdict.passed)
    await storeOutput(context.paths.outputs, { runId: run.id, commit, command }, output);
  return storeVerdict(context.db, found, commit, createVerdict(done, output, masker));
}

function setupOf({ paths }: ActivityContext, { plan, repository }: RunRecord) {
  if (plan.setup === null) return null;
  return {
    command: plan.setup,
    layersFolder: paths.setupLayers,
    scope: repository,
    network: plan.network === 'setup',
    timeoutMs: SETUP_TIMEOUT_MS,
  };
}

function createVerdict(
  { stage, command, result, verdict }: CommitRun,
  output: string,
  masker: Redactor,
): Omit<VerdictRecord, 'id'> {
  const where = stage === 'setup' ? `set-up (${command}): ` : '';
  // One that exited with 0 did not say what failed: its verdict says what is missing.
  const said = verdict.exitCode === 0 ? '' : oneLine(output);
  return {
    passed: verdict.passed,
    exitCode: verdict.exitCode,
    notFound: result.commandNotFound,
    ms: Math.round(result.ms),
    summary: masker.mask(`${where}${verdict.reason}${said === '' ? '' : `: ${said}`}`),
    output: summarise(output),
  };
}

/**
 * What else than tree and command an outcome depends on, as far as it can be told: the set-up, how commands are
 * contained, and all the variables that they see.
 */
export function environmentHash(
  { plan }: RunRecord,
  { env, runner }: Pick<ActivityContext, 'env' | 'runner'>,
): string {
  // A command's own folders are others each time, and mean the same.
  const seen = scrubbedEnvironment(env, plan.env, { tree: '/tree', home: '/home', tmp: '/tmp' });
  const parts = [plan.setup, plan.network, runner.describe().kind, Object.entries(seen).sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** A merge on its way to the branch. */
export interface Merge {
  readonly commit: CommitSha;
  readonly tree: TreeSha;
}

/**
 * The verdict on a merge, for whoever lands it. It is the merge's own, whatever the environment of the worker
 * that gave it: workers that differ would else ask each other for it for ever. Where there is none yet, one on
 * the same tree in this worker's environment will do.
 */
export async function findMergeVerdict(
  context: ActivityContext,
  run: RunRecord,
  { commit, tree }: Merge,
  command: string,
): Promise<VerdictRecord | null> {
  const key = { runId: run.id, tree, command };
  return (
    (await findVerdict(context.db, { ...key, environment: mergeKey(commit) })) ??
    (await findVerdict(context.db, { ...key, environment: environmentHash(run, context) }))
  );
}

/** Gives a merge its verdict, once. */
export async function judgeMerge(
  context: ActivityContext,
  wanted: JudgeRequest,
  signal: AbortSignal,
): Promise<void> {
  const { run, commit, command } = wanted;
  const key = {
    runId: run.id,
    tree: await context.store.treeOf(commit),
    command,
    environment: mergeKey(commit),
  };
  if ((await findVerdict(context.db, key)) !== null) return;
  await storeVerdict(context.db, key, commit, await judgeCommit(context, wanted, signal));
}

/** In place of an environment: this merge and no other. */
function mergeKey(commit: CommitSha): string {
  return `merge ${commit}`;
}
