import { createHash, randomUUID } from 'node:crypto';
import type { Environment } from '../config.js';
import { findVerdict, keepVerdict, type VerdictRecord } from '../db/verdicts.js';
import type { RunRecord } from '../db/task-record.js';
import type { CommitSha } from '../ids.js';
import { runOnCommit, type CommitRun } from '../sandbox/run-on-commit.js';
import { oneLine, summarise } from '../sandbox/summary.js';
import type { Workplace } from './workplace.js';

/** A set-up may install packages: longer than a test, bounded so that a hung download ends. */
const SETUP_TIMEOUT_MS = 10 * 60_000;

/** A command on a commit of a run. */
export interface Judgement {
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
  place: Workplace,
  wanted: Judgement,
  signal: AbortSignal,
): Promise<VerdictRecord> {
  const { run, commit, command, occasion = 0 } = wanted;
  const environment = environmentHash(run, place.env);
  const key = {
    runId: run.id,
    tree: await place.store.treeOf(commit),
    command,
    environment: occasion === 0 ? environment : `${environment} ${occasion}`,
  };
  const known = await findVerdict(place.db, key);
  if (known !== null) return known;
  const done = await runOnCommit({
    runner: place.runner,
    source: place.store,
    commit,
    treesFolder: place.paths.trees,
    setup: setupOf(place, run),
    command,
    environment: { host: place.env, allow: run.plan.env },
    timeoutMs: wanted.timeoutMs,
    signal,
  });
  // A set-up that failed (a registry that was away) says nothing of the tree: it is not found again.
  const found = done.stage === 'setup' ? { ...key, environment: randomUUID() } : key;
  return keepVerdict(place.db, found, commit, verdictRecord(done));
}

function setupOf({ paths }: Workplace, { plan, repository }: RunRecord) {
  if (plan.setup === null) return null;
  return {
    command: plan.setup,
    layersFolder: paths.setupLayers,
    scope: repository,
    timeoutMs: SETUP_TIMEOUT_MS,
  };
}

function verdictRecord({ stage, command, result, verdict }: CommitRun): Omit<VerdictRecord, 'id'> {
  const where = stage === 'setup' ? `set-up (${command}): ` : '';
  const said = verdict.passed ? '' : oneLine(result.output);
  return {
    passed: verdict.passed,
    exitCode: verdict.exitCode,
    notFound: result.commandNotFound,
    ms: Math.round(result.ms),
    summary: `${where}${verdict.reason}${said === '' ? '' : `: ${said}`}`,
    output: summarise(result.output),
  };
}

/** What else than tree and command an outcome depends on: the set-up, and the variables that are let in. */
export function environmentHash({ plan }: RunRecord, env: Environment): string {
  const parts = [plan.setup, plan.network, plan.env.map((name) => [name, env[name] ?? null])];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
