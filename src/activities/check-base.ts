import { listTestCommands } from '../db/lead-graph.js';
import { listServerUsers, readServerTools, storeServerTools } from '../db/mcp-calls.js';
import { listJudgedTasks, storeTestWarnings } from '../db/tests-at-base.js';
import { readRun, type RunRecord } from '../db/task-record.js';
import { moveRun, type RunEnd } from '../db/task-status.js';
import type { VerdictRecord } from '../db/verdicts.js';
import { listServerTools, ServerProblem } from '../mcp/list-server-tools.js';
import { requireToolsFit } from '../mcp/tools-of-tasks.js';
import { serversOf, serverWarnings } from '../plan/used-servers.js';
import type { RunActivityInput } from '../contract/payloads.js';
import { unprotectedTestWarnings } from '../protection/unprotected-tests.js';
import type { ActivityContext } from './support/activity-context.js';
import { takeRunFence, requireNotPaused } from './support/fence.js';
import { withCancellationWhileAwaited } from './support/heartbeat.js';
import { judgeCommit } from './support/judge-commit.js';
import { serverPlace } from './support/task-servers.js';

/**
 * Checks, before any money is spent, that the default test passes at the base, that every test command exists, and that
 * the MCP servers of its tasks work. Their tools are recorded.
 * @returns false when the run cannot start; its record then has the reason
 */
export async function checkBase(context: ActivityContext, input: RunActivityInput): Promise<boolean> {
  return withCancellationWhileAwaited(context, input.runId, async (signal) => {
    const fence = await takeRunFence(context, input.runId);
    const run = await readRun(context.db, input.runId);
    // An earlier attempt of this activity has recorded it, but its result was lost.
    if (run.status === 'failed') return false;
    requireNotPaused(run);
    const tests = await listTestCommands(context.db, input.runId);
    await storeWarnings(context, run);
    const end =
      (await findBaseProblem(context, run, tests, signal)) ?? (await findServerProblem(context, run, signal));
    if (end === null) return true;
    await moveRun(context.db, fence, 'failed', end);
    return false;
  });
}

interface TestCommand {
  readonly command: string;
  readonly timeoutMs: number;
}

async function findBaseProblem(
  context: ActivityContext,
  run: RunRecord,
  tests: readonly TestCommand[],
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const judge = (command: string, timeoutMs: number) =>
    judgeCommit(context, { run, commit: run.base, command, timeoutMs }, signal);
  const { test } = run.plan;
  if (test !== null) {
    const usedByTasks = tests.find(({ command }) => command === test);
    const timeoutMs = usedByTasks?.timeoutMs ?? Math.max(...tests.map((each) => each.timeoutMs));
    const verdict = await judge(test, timeoutMs);
    if (verdict.notFound) return notFound(test);
    if (usedByTasks !== undefined && !verdict.passed && !run.allowRedBase) return redBase(verdict, test);
  }
  for (const { command, timeoutMs } of tests) {
    const word = firstWord(command);
    if (word === null || command === test) continue;
    const found = await judge(`command -v -- ${word} >/dev/null`, timeoutMs);
    if (!found.passed) return notFound(command);
  }
  return null;
}

async function findServerProblem(
  context: ActivityContext,
  run: RunRecord,
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const { db } = context;
  const users = await listServerUsers(db, run.id);
  const used = serversOf(
    run.plan,
    users.flatMap(({ mcp }) => mcp),
  );
  if (used.length === 0 || (await readServerTools(db, run.id)) !== null) return null;
  const { redact } = await context.redactors.ofRun(run);
  try {
    const tools = await listServerTools(serverPlace(context, run), run.base, used, redact, signal);
    requireToolsFit(users, tools);
    await storeServerTools(db, run.id, tools);
    return null;
  } catch (error) {
    if (!(error instanceof ServerProblem)) throw error;
    return { code: 'mcp_server', reason: `${error.message} Correct the plan or the server.` };
  }
}

/** Records what the commands and the page warn of: tests that nothing protects, and variables that go nowhere. */
async function storeWarnings({ db, store }: ActivityContext, run: RunRecord): Promise<void> {
  const [tasks, entries, packageJson] = await Promise.all([
    listJudgedTasks(db, run.id),
    store.listTree(run.base),
    store.readFile(run.base, 'package.json'),
  ]);
  const paths = entries.map(({ path }) => path);
  const warnings = unprotectedTestWarnings(
    tasks,
    run.plan.protect,
    paths,
    packageJson?.toString('utf8') ?? null,
  );
  await storeTestWarnings(db, run.id, [...warnings, ...serverWarnings(run.plan)]);
}

function redBase(verdict: VerdictRecord, command: string): RunEnd {
  return {
    code: 'base_red',
    reason: `The test (${command}) is red before anything was changed: ${verdict.summary}. Fix it, or start the run with --allow-red-base.`,
  };
}

function notFound(command: string): RunEnd {
  return {
    code: 'command_not_found',
    reason: `The test command cannot be found: ${command}. Install it, or correct the plan.`,
  };
}

/** The program that a command starts; null when only a shell could tell. */
function firstWord(command: string): string | null {
  const word = /^\s*([\w./+-]+)(?:\s|$)/.exec(command)?.[1];
  return word === undefined || word.includes('=') ? null : word;
}
