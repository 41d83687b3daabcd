/** Tests the base in a dry run, as a run does before it spends money. */
import { mkdir } from 'node:fs/promises';
import type { Environment } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';
import { OWN_TESTS_MS, ownTestWarnings, type OwnTest } from '../plan/own-test-warnings.js';
import { serversOf, serverWarnings } from '../plan/used-servers.js';
import { listServerTools, ServerProblem, type ServerTools } from '../mcp/list-server-tools.js';
import { requireToolsFit } from '../mcp/tools-of-tasks.js';
import { namedSecrets, ownSecrets } from '../redaction/own-secrets.js';
import { createRedactor } from '../redaction/redactor.js';
import { unprotectedTestWarnings } from '../protection/unprotected-tests.js';
import { forEachWithin } from '../shared/bounded-time.js';
import { runOnCommit, type CommitRun } from '../sandbox/run-on-commit.js';
import { chooseRunner } from '../sandbox/runners/choose-runner.js';
import { count } from '../shared/format.js';
import type { ServerPlace } from '../mcp/open-server.js';
import { summariseInOneLine } from '../results/test-summary.js';
import { claimLayout } from '../local-stack/home-layout.js';
import { say } from './output.js';
import type { Project } from './open-project.js';
import { pathsOf } from './session.js';
import { withStore } from './with-store.js';

/** What a test of the base found. */
export interface BaseCheck {
  /** What a person should know about the tests, one sentence each. */
  readonly warnings: readonly string[];
  /** The tools of the MCP servers that tasks name. */
  readonly tools: ServerTools;
}

/** As in a run. */
const SETUP_TIMEOUT_MS = 10 * 60_000;

type RunAtBase = (command: string, timeoutMs: number, signal?: AbortSignal) => Promise<CommitRun>;

/**
 * Runs the plan's tests at the base, and starts its MCP servers.
 * @param allowed accept a failing default test (`--allow-red-base`)
 * @throws EnvironmentError when a task relies on the default test and it fails at the base, unless `allowed`
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
        setup: setup === null ? null : { ...setup, timeoutMs },
        command,
        environment: { host: env, allow: plan.env },
        timeoutMs,
        signal,
      });
    await checkDefaultTest(project, runAtBase, allowed);
    const tools = await checkServers(project, {
      ...{ runner, source: store, treesFolder: paths.trees, setup, env },
      setupVariables: plan.env,
    });
    const [entries, packageJson] = await Promise.all([
      store.listTree(repository.head),
      store.readFile(repository.head, 'package.json'),
    ]);
    const files = entries.map(({ path }) => path);
    const warnings = [
      ...unprotectedTestWarnings(plan.tasks, plan.protect, files, packageJson?.toString('utf8') ?? null),
      ...ownTestWarnings(await tryOwnTests(project, runAtBase)),
      ...serverWarnings(plan),
    ];
    return { warnings, tools };
  });
}

async function checkDefaultTest({ plan }: Project, runAtBase: RunAtBase, allowed: boolean): Promise<void> {
  const relying = plan.tasks.filter((task) => task.usesDefaultTest);
  if (plan.test === null || relying.length === 0) return;
  say(`testing the base: ${plan.test}`);
  const done = await runAtBase(plan.test, Math.max(...relying.map((task) => task.timeout.testMs)));
  if (done.verdict.passed || (allowed && !done.result.commandNotFound)) return;
  throw new EnvironmentError(
    `The test (${plan.test}) is red before anything was changed: ${done.verdict.reason}: ${summariseInOneLine(done.result.output)}`,
    'Fix what it reports, or start the run with --allow-red-base.',
  );
}

/** Starts the MCP servers that tasks name. @throws EnvironmentError for the first that cannot be used */
async function checkServers({ plan, repository }: Project, place: ServerPlace): Promise<ServerTools> {
  const used = serversOf(
    plan,
    plan.tasks.flatMap(({ mcp }) => mcp),
  );
  if (used.length === 0) return {};
  say(`starting ${count(used.length, 'MCP server')}: ${used.map(([name]) => name).join(', ')}`);
  try {
    const { signal } = new AbortController();
    const variables = used.flatMap(([, { env }]) => env);
    const { redact } = createRedactor([...ownSecrets(place.env), ...namedSecrets(place.env, variables)]);
    const tools = await listServerTools(place, repository.head, used, redact, signal);
    requireToolsFit(plan.tasks, tools);
    return tools;
  } catch (error) {
    if (!(error instanceof ServerProblem)) throw error;
    throw new EnvironmentError(error.message, 'Correct the plan or the server.');
  }
}

/** Runs each distinct command once, all of them within the time limit that a run has for them. */
async function tryOwnTests({ plan }: Project, runAtBase: RunAtBase): Promise<OwnTest[]> {
  const own = plan.tasks.filter((task) => task.test !== plan.test);
  const commands = new Map(own.map((task) => [task.test, task.timeout.testMs]));
  if (commands.size === 0) return [];
  const longest = Math.max(...commands.values());
  if (plan.setup !== null) await runAtBase('true', longest);
  say(`running ${count(commands.size, 'test')} of single tasks at the base`);
  const passed = new Map<string, boolean>();
  await forEachWithin(
    OWN_TESTS_MS,
    commands,
    async ([command, timeoutMs], signal) => {
      passed.set(command, (await runAtBase(command, timeoutMs, signal)).verdict.passed);
    },
    new AbortController().signal,
  );
  return own.map(({ id, test }) => ({ taskId: id, command: test, passed: passed.get(test) ?? null }));
}
