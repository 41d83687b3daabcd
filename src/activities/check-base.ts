import { listTestCommands } from '../db/lead-graph.js';
import { listServerUsers, readServerTools, storeServerTools } from '../db/mcp-calls.js';
import { listJudgedTasks, storeTestWarnings } from '../db/tests-at-base.js';
import { readRun, type RunRecord } from '../db/task-record.js';
import { moveRun, type RunEnd } from '../db/task-status.js';
import { EnvironmentError } from '../contract/errors.js';
import { deleteBranch } from '../git/user/publish.js';
import { requireServersReady } from '../mcp/check-servers.js';
import { listServerTools, ServerProblem } from '../mcp/list-server-tools.js';
import { requireToolsFit } from '../mcp/tools-of-tasks.js';
import { findBaseProblem, type TestAtBase } from '../plan/find-base-problem.js';
import { missingScriptWarnings } from '../plan/missing-scripts.js';
import { unsetVariableWarnings } from '../plan/unset-variables.js';
import { serversOf, serverWarnings } from '../plan/used-servers.js';
import { PAUSED, type Paused, type RunActivityInput } from '../contract/payloads.js';
import { scriptNamesIn } from '../protection/test-command.js';
import { unprotectedTestWarnings } from '../protection/unprotected-tests.js';
import type { Redactor } from '../redaction/redactor.js';
import type { ActivityContext } from './support/activity-context.js';
import { takeRunFence } from './support/fence.js';
import { inPlace } from './support/heartbeat.js';
import { judgeCommit } from './support/judge-commit.js';
import { serverPlace } from './support/task-servers.js';

/**
 * Checks, before any money is spent, that the default test passes at the base, that every test command exists, and that
 * the MCP servers of its tasks work. Their tools are recorded.
 * @returns false when the run cannot start; its record then has the reason
 */
export async function checkBase(
  context: ActivityContext,
  input: RunActivityInput,
): Promise<boolean | Paused> {
  return inPlace(context, input.runId, async (signal) => {
    const fence = await takeRunFence(context, input.runId);
    const run = await readRun(context.db, input.runId);
    // An earlier attempt of this activity has recorded it, but its result was lost.
    if (run.status === 'failed') return refuse(run);
    // Its lead reads that too, and ends.
    if (run.status === 'cancelled') return true;
    if (run.status === 'paused') return PAUSED;
    const tests = await listTestCommands(context.db, input.runId);
    const warnings = await findWarnings(context, run);
    await storeTestWarnings(context.db, run.id, warnings);
    const servers = await serversToList(context, run);
    const end =
      // First: it takes no time, and the set-up and the tests may take minutes.
      (await findServerProblem(servers, ({ used, redact }) =>
        requireServersReady(used, context.env, redact),
      )) ??
      (await findProblem(context, run, tests, warnings, signal)) ??
      (await findServerProblem(servers, (found) => listTools(context, run, found, signal)));
    if (end === null) return true;
    await moveRun(context.db, fence, 'failed', end);
    return refuse(run);
  });
}

/** Leaves no branch of a run that did not start. One that cannot be deleted is harmless. */
async function refuse({ repository, gitFolder, branch, base }: RunRecord): Promise<false> {
  await deleteBranch({ root: repository, gitDir: gitFolder }, branch, base).catch((error: unknown) => {
    if (!(error instanceof EnvironmentError)) throw error;
  });
  return false;
}

/** @param warnings what is recorded already; what running the tests shows comes before it */
async function findProblem(
  context: ActivityContext,
  run: RunRecord,
  tests: readonly TestAtBase[],
  warnings: readonly string[],
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const ofTests: string[] = [];
  const problem = await findBaseProblem(run.plan, tests, run.allowRedBase, {
    judge: ({ command, timeoutMs }) =>
      judgeCommit(context, { run, commit: run.base, command, timeoutMs }, signal),
    listPaths: async () => (await context.store.listTree(run.base)).map(({ path }) => path),
    warn: (warning) => ofTests.push(warning),
  });
  if (ofTests.length > 0) await storeTestWarnings(context.db, run.id, [...ofTests, ...warnings]);
  if (problem === null) return null;
  const { code, message, fix, output } = problem;
  const shown = output.trim() === '' ? '' : ' `leadwright run --dry-run` shows its output.';
  return { code, reason: `${message}. ${fix}${shown}` };
}

/** The servers that tasks name, unless their tools are recorded already. */
interface ServersToList {
  readonly users: Awaited<ReturnType<typeof listServerUsers>>;
  readonly used: ReturnType<typeof serversOf>;
  readonly redact: Redactor['redact'];
}

/** @returns null when there are none */
async function serversToList(
  { db, redactors }: ActivityContext,
  run: RunRecord,
): Promise<ServersToList | null> {
  const users = await listServerUsers(db, run.id);
  if (users.length === 0 || (await readServerTools(db, run.id)) !== null) return null;
  const names = users.flatMap(({ mcp }) => mcp);
  return { users, used: serversOf(run.plan, names), redact: (await redactors.ofRun(run)).redact };
}

async function listTools(
  context: ActivityContext,
  run: RunRecord,
  { users, used, redact }: ServersToList,
  signal: AbortSignal,
): Promise<void> {
  const tools = await listServerTools(serverPlace(context, run), run.base, used, redact, signal);
  requireToolsFit(users, tools);
  await storeServerTools(context.db, run.id, tools);
}

async function findServerProblem(
  servers: ServersToList | null,
  check: (servers: ServersToList) => Promise<void>,
): Promise<RunEnd | null> {
  if (servers === null) return null;
  try {
    await check(servers);
    return null;
  } catch (error) {
    if (!(error instanceof ServerProblem)) throw error;
    return { code: 'mcp_server', reason: `${error.message} Correct the plan or the server.` };
  }
}

/** What the commands and the page warn of: tests that nothing protects, scripts and variables that are missing. */
async function findWarnings({ db, store, env }: ActivityContext, run: RunRecord): Promise<string[]> {
  const [tasks, entries, packageFile] = await Promise.all([
    listJudgedTasks(db, run.id),
    store.listTree(run.base),
    store.readFile(run.base, 'package.json'),
  ]);
  const paths = entries.map(({ path }) => path);
  const packageJson = packageFile?.toString('utf8') ?? null;
  return [
    ...unprotectedTestWarnings(tasks, run.plan.protect, paths, packageJson),
    ...missingScriptWarnings(run.plan, tasks, scriptNamesIn(packageJson)),
    ...serverWarnings(run.plan),
    ...unsetVariableWarnings(run.plan, env, 'where the worker runs'),
  ];
}
