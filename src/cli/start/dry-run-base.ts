/** Tests the base in a dry run, as a run does before it spends money. */
import { mkdir } from 'node:fs/promises';
import { ShownFiles } from '../../agent/shown-files.js';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { missingFileWarnings } from '../../plan/missing-files.js';
import { missingScriptWarnings } from '../../plan/missing-scripts.js';
import { OWN_TESTS_MS, ownTestWarnings, type OwnTest } from '../../plan/own-test-warnings.js';
import { findBaseProblem, type TestAtBase } from '../../plan/find-base-problem.js';
import type { PlanTask } from '../../plan/plan-schema.js';
import { unsetVariableWarnings } from '../../plan/unset-variables.js';
import { serversOf, serverWarnings } from '../../plan/used-servers.js';
import { requireServersReady } from '../../mcp/check-servers.js';
import { listServerTools, ServerProblem, type ServerTools } from '../../mcp/list-server-tools.js';
import { requireToolsFit } from '../../mcp/tools-of-tasks.js';
import { namedSecrets, ownSecrets } from '../../redaction/own-secrets.js';
import { createRedactor } from '../../redaction/redactor.js';
import { scriptNamesIn } from '../../protection/test-command.js';
import { unprotectedTestWarnings } from '../../protection/unprotected-tests.js';
import { forEachWithin } from '../../shared/async/bounded-time.js';
import { runOnCommit, type CommitRun } from '../../sandbox/run-on-commit.js';
import { chooseRunner } from '../../sandbox/runners/choose-runner.js';
import { count } from '../../shared/words/format.js';
import type { ServerPlace } from '../../mcp/open-server.js';
import { explainEnd, summarise } from '../../results/test-summary.js';
import { claimLayout } from '../../local-stack/home-layout.js';
import { readFileTokens } from './file-tokens.js';
import { linkWarnings } from './link-warnings.js';
import { say } from '../print/output.js';
import type { Project } from './open-project.js';
import { pathsOf } from '../session/session.js';
import { withStore } from '../session/with-store.js';

/** What a test of the base found. */
export interface BaseCheck {
  /** What a person should know about the tests, one sentence each. */
  readonly warnings: readonly string[];
  /** The tools of the MCP servers that tasks name. */
  readonly tools: ServerTools;
  /** The tokens of a file at the base, in a prompt. */
  readonly fileTokens: (path: string) => number;
}

/** As in a run. */
const SETUP_TIMEOUT_MS = 10 * 60_000;

type RunAtBase = (command: string, timeoutMs: number, signal?: AbortSignal) => Promise<CommitRun>;

/**
 * Runs the plan's tests at the base, and starts its MCP servers.
 * @param allowed accept a failing default test (`--allow-red-base`)
 * @throws EnvironmentError for what would keep a run from starting
 */
export async function checkBase(env: Environment, project: Project, allowed: boolean): Promise<BaseCheck> {
  const { plan, repository } = project;
  const paths = pathsOf(env);
  await claimLayout(paths);
  await mkdir(paths.trees, { recursive: true, mode: 0o700 });
  await mkdir(paths.setupLayers, { recursive: true, mode: 0o700 });
  return withStore(paths, async (store) => {
    await store.importBase(repository, repository.head);
    const runner = await chooseRunner(env);
    const setup =
      plan.setup === null
        ? null
        : {
            command: plan.setup,
            layersFolder: paths.setupLayers,
            scope: repository.root,
            network: plan.network === 'setup',
            timeoutMs: SETUP_TIMEOUT_MS,
          };
    const runAtBase: RunAtBase = (command, timeoutMs, signal) =>
      runOnCommit({
        runner,
        source: store,
        commit: repository.head,
        treesFolder: paths.trees,
        setup,
        command,
        environment: { host: env, allow: plan.env },
        timeoutMs,
        signal,
      });
    const servers = usedServers(project, env);
    await refusing(() => requireServersReady(servers.used, env, servers.redact));
    const [entries, packageFile] = await Promise.all([
      store.listTree(repository.head),
      store.readFile(repository.head, 'package.json'),
    ]);
    const files = entries.map(({ path }) => path);
    const packageJson = packageFile?.toString('utf8') ?? null;
    const ofTests = await checkTests(project, runAtBase, files, allowed);
    const tools = await checkServers(project, servers, {
      ...{ runner, source: store, treesFolder: paths.trees, setup, env },
      setupVariables: plan.env,
    });
    const shown = new ShownFiles(store, repository.head, createRedactor(ownSecrets(env)));
    const warnings = [
      ...ofTests,
      ...missingFileWarnings(plan.tasks, files),
      ...(await linkWarnings(shown, plan)),
      ...unprotectedTestWarnings(plan.tasks, plan.protect, files, packageJson),
      ...missingScriptWarnings(plan, plan.tasks, scriptNamesIn(packageJson)),
      ...ownTestWarnings(await tryOwnTests(project, runAtBase)),
      ...serverWarnings(plan),
      ...unsetVariableWarnings(plan, env, 'here'),
    ];
    const fileTokens = await readFileTokens(
      shown,
      plan.tasks.flatMap((task) => task.files),
    );
    return { warnings, tools, fileTokens };
  });
}

/** Refuses what a run would refuse. @returns warnings @throws EnvironmentError */
async function checkTests(
  { plan }: Project,
  runAtBase: RunAtBase,
  paths: readonly string[],
  allowed: boolean,
): Promise<string[]> {
  const warnings: string[] = [];
  if (plan.setup !== null) say(`setting up: ${plan.setup}`);
  const problem = await findBaseProblem(plan, distinctTests(plan.tasks), allowed, {
    judge: async ({ command, timeoutMs }) => {
      if (command === plan.test) say(`${plan.setup === null ? '' : 'then '}testing the base: ${command}`);
      const { stage, result, verdict } = await runAtBase(command, timeoutMs);
      const { output, commandNotFound: notFound } = result;
      const summary = explainEnd(verdict, output);
      return { passed: verdict.passed, failedSetup: stage === 'setup', notFound, output, summary };
    },
    listPaths: () => Promise.resolve(paths),
    warn: (warning) => warnings.push(warning),
  });
  if (problem !== null)
    throw new EnvironmentError(`${problem.message}${quoted(problem.output)}`, problem.fix);
  return warnings;
}

/** The distinct test commands of tasks, each with its longest time limit. */
function distinctTests(tasks: readonly PlanTask[]): TestAtBase[] {
  const longest = new Map<string, number>();
  for (const { test, timeout } of tasks) longest.set(test, Math.max(longest.get(test) ?? 0, timeout.testMs));
  return [...longest].map(([command, timeoutMs]) => ({ command, timeoutMs }));
}

/** The end of what a command printed, for a person. */
function quoted(output: string): string {
  const lines = summarise(output, { limit: SHOWN_CHARS }).trim();
  return lines === '' ? '' : `\n${lines.replace(/^/gm, '    ')}\n`;
}

/** About a screen. */
const SHOWN_CHARS = 2_000;

/** The MCP servers that tasks name, and what hides their secrets. */
function usedServers({ plan }: Project, env: Environment) {
  const names = plan.tasks.flatMap(({ mcp }) => mcp);
  const used = serversOf(plan, names);
  const variables = used.flatMap(([, server]) => server.env);
  const { redact } = createRedactor([...ownSecrets(env), ...namedSecrets(env, variables)]);
  return { used, redact };
}

/** Starts the MCP servers that tasks name. @throws EnvironmentError for the first that cannot be used */
async function checkServers(
  { plan, repository }: Project,
  { used, redact }: ReturnType<typeof usedServers>,
  place: ServerPlace,
): Promise<ServerTools> {
  if (used.length === 0) return {};
  say(`starting ${count(used.length, 'MCP server')}: ${used.map(([name]) => name).join(', ')}`);
  return refusing(async () => {
    const { signal } = new AbortController();
    const tools = await listServerTools(place, repository.head, used, redact, signal);
    requireToolsFit(plan.tasks, tools);
    return tools;
  });
}

async function refusing<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof ServerProblem)) throw error;
    throw new EnvironmentError(error.message, 'Correct the plan or the server.');
  }
}

/** Runs each distinct command once, all of them within the time limit that a run has for them. */
async function tryOwnTests({ plan }: Project, runAtBase: RunAtBase): Promise<OwnTest[]> {
  const own = plan.tasks.filter((task) => task.test !== plan.test);
  const commands = distinctTests(own);
  if (commands.length === 0) return [];
  say(`running ${count(commands.length, 'test')} of single tasks at the base`);
  const tried = new Map<string, Pick<OwnTest, 'passed' | 'notFound'>>();
  await forEachWithin(
    OWN_TESTS_MS,
    commands,
    async ({ command, timeoutMs }, signal) => {
      const { verdict, result } = await runAtBase(command, timeoutMs, signal);
      tried.set(command, { passed: verdict.passed, notFound: result.commandNotFound });
    },
    new AbortController().signal,
  );
  const untried = { passed: null, notFound: false };
  return own.map(({ id, test }) => ({ taskId: id, command: test, ...(tried.get(test) ?? untried) }));
}
