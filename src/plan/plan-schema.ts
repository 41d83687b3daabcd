import { z } from 'zod';
import { ID_PATTERN, taskId, type TaskId } from '../contract/ids.js';
import { EFFORTS, type Effort, type LimitsByModel } from '../model/known-models.js';
import { isCloudCredential } from '../model/providers.js';
import { DURATION_EXPECTED, DURATION_MAX_MS, DURATION_PATTERN, durationMs } from './duration.js';
import { globProblem } from './glob.js';
import { show } from './describe-problem.js';

/** The roles a worker agent can have. */
export const AGENTS = ['backend', 'frontend', 'test'] as const;
export type Agent = (typeof AGENTS)[number];
const NETWORKS = ['none', 'setup'] as const;
const RETESTS = ['always', 'overlap', 'end'] as const;

/** Limits of a plan. Each is above what a sensible plan needs, and below what causes trouble. */
export const PLAN_LIMITS = {
  /** The largest run that was measured; beyond it the task graph is no longer read in one query. */
  tasks: 10_000,
  /** A worker makes a thousand model calls at once, and the lead agent has a thousand children; more would queue. */
  concurrency: 1_000,
  /** A title is a commit's first line and a cell of a table. */
  titleLength: 200,
  /** About 25,000 tokens, paid for again in every turn of the task. */
  descriptionLength: 100_000,
  /** Linux refuses a single argument of 128 KiB, which is what `sh -c` is given. */
  commandLength: 32_000,
  /** The longest path that Linux opens. */
  pathLength: 4_096,
  /** Commands that the agent of one task may run: a thousand turns cost more than the task is worth. */
  commands: 1_000,
  /** MCP servers. Each is started before any money is spent, at most half a minute each. */
  servers: 16,
  /** Lists of a task: more files than fit into a prompt, more globs than a person can survey. */
  listLength: 1_000,
} as const;

/** Who is notified, of a blocker or of the run's end: a command gets it as JSON on stdin, or it is posted to a URL. */
export type Receiver =
  { readonly kind: 'command'; readonly command: string } | { readonly kind: 'url'; readonly url: string };

/** An MCP server whose tools tasks may name. */
export type McpServer = {
  /** The names of the tools that agents get; null for all. */
  readonly tools: readonly string[] | null;
  /** Names of variables that it gets, unless it runs in the sandbox. */
  readonly env: readonly string[];
} & (
  | {
      /** `sandboxed` servers run in the sandbox, `trusted` ones outside. */
      readonly kind: 'sandboxed' | 'trusted';
      readonly command: string;
      readonly args: readonly string[];
    }
  | { readonly kind: 'remote'; readonly url: string }
);

/** A valid plan with all defaults filled in: plain data, which JSON represents without loss. */
export interface Plan {
  readonly name: string;
  /** Null when the command line, the environment or the default decides. */
  readonly model: string | null;
  readonly concurrency: number;
  /** From the attempt after `after` on, this model works on a task; null: always the task's own. */
  readonly escalate: { readonly after: number; readonly model: string } | null;
  /** For tasks without their own, where the model has such a level; null for the model's default. */
  readonly effort: Effort | null;
  /** Names of files with instructions for agents, at the root and in the folders above a task's files. */
  readonly instructions: readonly string[];
  /** The default test command; null only when every task has its own. */
  readonly test: string | null;
  readonly setup: string | null;
  readonly network: (typeof NETWORKS)[number];
  /** What `run_command` may use: commands of one task, and milliseconds of one command. */
  readonly commands: { readonly max: number; readonly timeoutMs: number };
  /** MCP servers by their names. */
  readonly mcp: Readonly<Record<string, McpServer>>;
  readonly env: readonly string[];
  /** Null for the default protection of tests. An empty list protects nothing. */
  readonly protect: readonly string[] | null;
  /** The command that checks the finished branch: `verify`, otherwise `test`, otherwise null. */
  readonly verify: string | null;
  readonly retest: (typeof RETESTS)[number];
  /** Whether a task's test is tried once at the task's start, for its agent. */
  readonly tryFirst: boolean;
  readonly onBlocker: Receiver | null;
  readonly onEnd: Receiver | null;
  /** USD per million tokens, by model. */
  readonly prices: Readonly<Record<string, { readonly input: number; readonly output: number }>>;
  /** Limits of models, in tokens, in place of those that are known or assumed. */
  readonly limits: LimitsByModel;
  /** In the order of the file. Dependencies exist and form no cycle. */
  readonly tasks: readonly PlanTask[];
}

/** One task of a plan. */
export interface PlanTask {
  readonly id: TaskId;
  readonly title: string;
  /** Markdown, empty when the title says it all. */
  readonly description: string;
  readonly agent: Agent;
  /** The group of tasks it belongs to. */
  readonly issue: string | null;
  readonly dependsOn: readonly TaskId[];
  readonly canParallelize: boolean;
  /** 0 is the highest, 4 the lowest. */
  readonly priority: number;
  readonly files: readonly string[];
  /** Its own test command, otherwise the plan's. */
  readonly test: string;
  /** Whether `test` is the plan's default, which is then run once at the base before any money is spent. */
  readonly usesDefaultTest: boolean;
  readonly mayChange: readonly string[];
  /** Its own model; null for the run's. */
  readonly model: string | null;
  /** Its own effort; null for the plan's. */
  readonly effort: Effort | null;
  /** The MCP servers whose tools its agent gets, without repetition. */
  readonly mcp: readonly string[];
  /** Milliseconds. */
  readonly timeout: { readonly generateMs: number; readonly testMs: number };
}

// The message of a built-in check below ends the sentence "found …, expected …" (describe-problem.ts); that of a custom
// check is the whole sentence.

/** Adds a custom check: `problem` returns the whole message, or null for a valid text. */
function checked(schema: z.ZodString, problem: (text: string) => string | null) {
  return schema.check((context) => {
    const message = problem(context.value);
    if (message !== null) context.issues.push({ code: 'custom', input: context.value, message });
  });
}

const CONTROL = /\p{Cc}|[\u2028\u2029]/u;

function oneLine(what: string, max: number) {
  const expected = `${what}: one line of 1 to ${max} characters`;
  return checked(z.string().min(1, expected).max(max, expected), (text) =>
    CONTROL.test(text) || (text !== '' && text.trim() === '')
      ? `found ${show(text)}, expected ${expected}`
      : null,
  );
}

const command = checked(
  z
    .string()
    .regex(/\S/, 'a command for sh -c')
    .max(PLAN_LIMITS.commandLength, `a command of at most ${PLAN_LIMITS.commandLength} characters`),
  (text) => (text.includes('\0') ? 'a command cannot hold the NUL character' : null),
);

const duration = checked(z.string(DURATION_EXPECTED).regex(DURATION_PATTERN, DURATION_EXPECTED), (text) => {
  const ms = durationMs(text);
  if (ms === 0) return `found ${show(text)}, expected a time above 0`;
  return ms > DURATION_MAX_MS ? `found ${show(text)}, expected at most 24h` : null;
}).transform(durationMs);

const glob = checked(z.string(), globProblem);

/** Variables with Leadwright's own secrets and addresses, which are kept from the code that tests run. */
const RESERVED_ENV = /^(?:ANTHROPIC_.*|LEADWRIGHT_.*|DATABASE_URL|TEMPORAL_.*)$/i;
const envName = checked(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, 'the name of a variable: letters, digits and _'),
  (text) =>
    RESERVED_ENV.test(text)
      ? `${text} is Leadwright's own and may hold a secret: no test may see it`
      : isCloudCredential(text)
        ? `${text} may hold the credentials of a cloud: no test may see it`
        : null,
);

const ID_EXPECTED =
  'lower-case letters, digits, dots, dashes and underscores, beginning with a letter or a digit, 64 at most';
const id = z.string().regex(ID_PATTERN, ID_EXPECTED);

/** The name of a model in a plan and on the command line. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/;
const modelName = z.string().regex(MODEL_NAME, 'the name of a model, such as claude-sonnet-5-5');

/** Whether git could store the path, written without `.`, `..` or backslashes. */
function isPlainPath(text: string): boolean {
  const names = text.split('/');
  return !CONTROL.test(text) && !text.includes('\\') && names.every((name) => !NOT_A_NAME.test(name));
}
const NOT_A_NAME = /^(?:|\.|\.\.|\.git)$/i;
const PATH_EXPECTED = "a path from the repository's root, such as src/cart.ts, without . or .. in it";
const path = checked(z.string().max(PLAN_LIMITS.pathLength, PATH_EXPECTED), (text) =>
  isPlainPath(text) ? null : `found ${show(text)}, expected ${PATH_EXPECTED}`,
);

function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).max(PLAN_LIMITS.listLength, `a list of at most ${PLAN_LIMITS.listLength}`);
}

const rate = z.number().nonnegative('a price in USD per million tokens, 0 or more');
const price = z
  .strictObject({
    input: rate.describe('USD per million tokens of input'),
    output: rate.describe('USD per million tokens of output'),
  })
  .describe('The price of one model');

/** With less, an agent's first message hardly leaves room for an answer. */
const LEAST_CONTEXT = 8_192;
/** A shorter answer would hardly hold an edit and its explanation. */
const LEAST_OUTPUT = 1_024;
/** Above any model's; a higher number is a typing error. */
const MOST_TOKENS = 100_000_000;
const tokens = (least: number) => {
  const expected = `a number of tokens, ${least} or more`;
  return z.int(expected).min(least, expected).max(MOST_TOKENS, expected);
};
const modelLimits = z
  .strictObject({
    context: tokens(LEAST_CONTEXT).describe('The context window: prompt and answer together, in tokens'),
    output: tokens(LEAST_OUTPUT).describe('The longest answer, in tokens: the highest `max_tokens`'),
  })
  .check((context) => {
    const { context: window, output } = context.value;
    if (output < window) return;
    const message = `found ${output}, expected less than \`context\``;
    context.issues.push({ code: 'custom', input: context.value, path: ['output'], message });
  })
  .describe('The limits of one model');

const receiver = checked(command, (text) => {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || (scheme === 'https' && URL.canParse(text))) return null;
  return `found ${show(text)}, expected a command or an https URL`;
});

const effort = z.enum(EFFORTS);

/** The longest answer of a current model, 128,000 tokens, takes some 25 minutes; thinking is a part of it. */
const GENERATE_TIMEOUT = '30m';

const TEST_TIMEOUT = '5m';

const timeout = z.strictObject({
  generate: duration
    .optional()
    .describe(
      `Limit of one model call while it is sent and answered. Waiting for a slot, a retry, money or a person does not count. A call that exceeds it is made once more; then the task is failed. A connection without any data for five minutes, or a sixth of this limit if that is longer, counts as broken. Default ${GENERATE_TIMEOUT}`,
    ),
  test: duration
    .optional()
    .describe(
      `Limit of one run of the test command. A test that exceeds it has failed. Default ${TEST_TIMEOUT}`,
    ),
});

const COMMANDS_EXPECTED = `a whole number from 0 to ${PLAN_LIMITS.commands}`;
const commands = z
  .strictObject({
    max: z
      .int()
      .min(0, COMMANDS_EXPECTED)
      .max(PLAN_LIMITS.commands, COMMANDS_EXPECTED)
      .default(60)
      .describe('How many commands the agent of one task may run; 0 for none'),
    timeout: duration
      .prefault('5m')
      .describe('Limit of one command. The agent may ask for less, never for more'),
  })
  .describe('What `run_command` may use, per task');

/** The name of a server is a part of its tools' names, where `__` ends it (src/mcp/offered-tools.ts). */
const SERVER_NAME = /^[a-z0-9]+(?:[_-][a-z0-9]+)*$/;
const SERVER_NAME_LENGTH = 32;
const SERVER_EXPECTED = `lower-case letters and digits with single dashes or underscores between them, ${SERVER_NAME_LENGTH} at most`;
const serverName = z.string().regex(SERVER_NAME, SERVER_EXPECTED).max(SERVER_NAME_LENGTH, SERVER_EXPECTED);

const TOOL_EXPECTED = 'the name of a tool, of 1 to 128 characters';
const toolName = z.string().min(1, TOOL_EXPECTED).max(128, TOOL_EXPECTED);
const argument = checked(
  z.string().max(PLAN_LIMITS.commandLength, `an argument of at most ${PLAN_LIMITS.commandLength} characters`),
  (text) => (text.includes('\0') ? 'an argument cannot hold the NUL character' : null),
);

const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const serverUrl = checked(z.string(), (text) => {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    return `found ${show(text)}, expected an https or http URL`;
  const { username, password } = new URL(text);
  return username === '' && password === ''
    ? null
    : 'the URL holds a user name or a password: put it into a variable, and name that in `env`';
});

const server = z
  .strictObject({
    command: command
      .optional()
      .describe(
        'The program of a server that speaks over its standard input and output. It comes from `setup` (`node_modules/.bin`, `.venv/bin` and `vendor/bin` are looked into first) or from PATH, runs in the sandbox without network, and sees the draft read-only',
      ),
    args: list(argument).default([]).describe('Its arguments'),
    trusted: z
      .boolean()
      .default(false)
      .describe(
        '`true`: the program runs outside the sandbox, as you, in an empty folder, from PATH or an absolute path. Entries of PATH that npm may have added (`node_modules/.bin`) are skipped. It does not see the draft',
      ),
    url: serverUrl
      .optional()
      .describe('The address of a remote server (streamable HTTP), instead of `command`'),
    tools: list(toolName)
      .min(1, 'at least one tool; leave the key out for all')
      .optional()
      .describe('The names of the tools that agents get; all when left out'),
    env: list(envName)
      .default([])
      .describe(
        'Names of environment variables of the worker, for servers that are trusted or remote; one in the sandbox gets none. A remote server gets the first one as the bearer token of its requests (`Authorization`), and each further one as a header: DOCS_TEAM as `docs-team`',
      ),
  })
  .check((context) => {
    const problem = serverProblem(context.value);
    if (problem !== null) context.issues.push({ code: 'custom', input: context.value, ...problem });
  })
  .describe('One MCP server');

interface WrittenServer {
  readonly command?: string | undefined;
  readonly args: readonly string[];
  readonly trusted: boolean;
  readonly url?: string | undefined;
  readonly tools?: readonly string[] | undefined;
  readonly env: readonly string[];
}

/** What is wrong between the keys of a server; null for a valid one. */
function serverProblem({
  command: program,
  args,
  trusted,
  url,
  env,
}: WrittenServer): { readonly message: string; readonly path: string[] } | null {
  if (program === undefined && url === undefined)
    return { path: [], message: 'expected `command`, the program of the server, or `url`, its address' };
  if (program !== undefined && url !== undefined)
    return { path: ['url'], message: 'found both `command` and `url`, expected one of them' };
  if (url === undefined) {
    return trusted && program !== undefined && program.includes('/') && !program.startsWith('/')
      ? {
          path: ['command'],
          message: `found ${show(program)}, expected an absolute path or a program on PATH: a trusted server does not run from the draft`,
        }
      : null;
  }
  if (trusted || args.length > 0)
    return {
      path: [trusted ? 'trusted' : 'args'],
      message: 'belongs to `command`: a remote server has none',
    };
  const { protocol, hostname } = new URL(url);
  if (env.length === 0 || protocol === 'https:' || LOCAL_HOST.test(hostname)) return null;
  return {
    path: ['url'],
    message: `found ${show(url)}, expected an https URL: \`env\` would be sent in the clear`,
  };
}

const priority = z.int().min(0, 'a whole number from 0 to 4').max(4, 'a whole number from 0 to 4');
const task = z.strictObject({
  id: id.describe(
    'Unique in the plan. Lower-case letters, digits, dots, dashes and underscores; it begins with a letter or a digit and has at most 64 characters',
  ),
  title: oneLine('a title', PLAN_LIMITS.titleLength).describe(
    'Unique in the plan; one line. The agent gets it word for word, and the commit has it as its first line',
  ),
  description: z
    .string()
    .max(PLAN_LIMITS.descriptionLength, `at most ${PLAN_LIMITS.descriptionLength} characters`)
    .default('')
    .describe('What to do, in Markdown. The agent gets it word for word'),
  agent: z
    .enum(AGENTS)
    .default('backend')
    .describe('The role of the agent. Only `test` may change test files without `may_change`'),
  issue: oneLine('a name', PLAN_LIMITS.titleLength)
    .optional()
    .describe('Groups tasks of one concern under this name'),
  depends_on: list(id)
    .default([])
    .describe(
      'Ids of the tasks that must be completed before this one starts. When one of them ends failed, skipped or cancelled, this task is skipped',
    ),
  can_parallelize: z
    .boolean()
    .default(true)
    .describe('`false`: the task runs alone, once the running tasks have ended'),
  priority: priority.default(2).describe('0 is the highest, 4 the lowest. Waiting raises it'),
  files: list(path)
    .default([])
    .describe('Files that the agent sees whole from the start, as paths from the root of the repository'),
  test: command.optional().describe("The task's own test command. Without it, the plan's `test` is used"),
  may_change: list(glob)
    .default([])
    .describe(
      'Globs of protected files that this task may change: tests, and files that configure or execute',
    ),
  model: modelName.optional().describe("This task's own model"),
  effort: effort.optional().describe("This task's own `effort`. Its models have to accept it"),
  mcp: list(z.string())
    .default([])
    .describe('Names of servers in `mcp` whose tools the agent of this task gets'),
  timeout: timeout.default({}).describe("This task's own time limits, in place of the plan's"),
});

const AFTER_EXPECTED = 'a number of attempts, from 1 to 100';
const CONCURRENCY_EXPECTED = `a whole number from 1 to ${PLAN_LIMITS.concurrency}`;
const concurrency = z.int().min(1, CONCURRENCY_EXPECTED).max(PLAN_LIMITS.concurrency, CONCURRENCY_EXPECTED);

/**
 * The plan as a person writes it. The JSON Schema for editors and docs/plan.md are made from it. What involves several
 * tasks is checked in check-tasks.ts.
 */
export const planSchema = z.strictObject({
  name: oneLine('a name', PLAN_LIMITS.titleLength).describe('The name of the project; one line'),
  model: modelName
    .optional()
    .describe('The model. `--model` comes before it; without both, LEADWRIGHT_MODEL or the default is used'),
  concurrency: concurrency
    .default(10)
    .describe('How many tasks run at once. `--concurrency` comes before it'),
  escalate: z
    .strictObject({
      after: z
        .int()
        .min(1, AFTER_EXPECTED)
        .max(100, AFTER_EXPECTED)
        .describe('After this many failed attempts at a task'),
      model: modelName.describe('The model that works on it from then on, in a new conversation'),
    })
    .optional()
    .describe('Another model for tasks that keep failing'),
  effort: effort
    .optional()
    .describe(
      'How much the model thinks and writes. A model without such a level does without it. When left out, the default of the model applies',
    ),
  instructions: list(path)
    .default(['AGENTS.md', 'CLAUDE.md'])
    .describe(
      "Files with the project's instructions for agents. Each is looked for at the root and in the folders above a task's `files`, as of the run's start. To write one, a task needs `may_change`",
    ),
  test: command
    .optional()
    .describe(
      'The default test command, run with `sh -c` at the root of the repository. It may be left out when every task has its own',
    ),
  setup: command
    .optional()
    .describe(
      'A command that prepares the tests, such as npm ci. It runs once for each distinct lock file, and has ten minutes',
    ),
  network: z
    .enum(NETWORKS)
    .default('none')
    .describe('Network access in the sandbox: `none`, or only for the `setup` command'),
  commands: commands.prefault({}),
  timeout: timeout
    .default({})
    .describe(
      'Time limits of all tasks, such as 30s, 5m, 1h or 1h30m; at most 24h. Those of a task come before them',
    ),
  mcp: z
    .record(serverName, server)
    .check((context) => {
      const found = Object.keys(context.value).length;
      const message = `found ${found} servers, expected at most ${PLAN_LIMITS.servers}`;
      if (found > PLAN_LIMITS.servers) context.issues.push({ code: 'custom', input: context.value, message });
    })
    .default({})
    .describe(
      'MCP servers by name. Tasks name those whose tools their agents get, as `NAME__TOOL`. Each server that a task names is started before any money is spent, and its tools are those that it lists then',
    ),
  env: list(envName).default([]).describe('Names of environment variables that `setup` and tests may see'),
  protect: list(glob)
    .optional()
    .describe(
      'Globs of files that no agent may change. Without this key, test files are protected from all agents but `test`; an empty list lifts that. Files that configure or execute need `may_change` in any case',
    ),
  verify: command
    .optional()
    .describe(
      'A command that checks the finished branch. Without it, `test` is used. A failure raises a blocker',
    ),
  retest: z
    .enum(RETESTS)
    .default('overlap')
    .describe(
      'When a merged tree is tested again before it lands: `always` when anything landed meanwhile; `overlap` when that touched a file which the task changed or read (a task that called an MCP server in the sandbox counts as having read all files; what its commands read does not count); `end` never, only `verify` tests it',
    ),
  try_first: z
    .boolean()
    .default(true)
    .describe(
      "Whether a task's own test is tried once when the task starts, for at most 10 seconds, so that its agent sees the output",
    ),
  on_blocker: receiver
    .optional()
    .describe('Gets each blocker as JSON: a command on its stdin, an https URL by POST'),
  on_end: receiver
    .optional()
    .describe('Gets the run as JSON when it has ended: completed, failed or cancelled; as `on_blocker`'),
  prices: z
    .record(modelName, price)
    .default({})
    .describe('Prices by model. They come before those that Leadwright knows'),
  limits: z
    .record(modelName, modelLimits)
    .default({})
    .describe(
      'Limits by model. They come before those that Leadwright knows. A model that it does not know is taken for one with 200000 tokens of context and answers of up to 32000',
    ),
  tasks: z
    .array(task)
    .min(1, 'at least one task')
    .max(PLAN_LIMITS.tasks, `at most ${PLAN_LIMITS.tasks} tasks`)
    .describe('The tasks'),
});

/** A plan as a person writes it, with everything optional that has a default. */
export type PlanInput = z.input<typeof planSchema>;
/** The same after the schema has filled in its defaults. */
export type WrittenPlan = z.output<typeof planSchema>;

function toReceiver(text: string | undefined): Receiver | null {
  if (text === undefined) return null;
  return /^https:\/\//i.test(text) ? { kind: 'url', url: text } : { kind: 'command', command: text };
}

function toTask(raw: WrittenPlan['tasks'][number], plan: WrittenPlan): PlanTask {
  const test = raw.test ?? plan.test ?? null;
  if (test === null) throw new Error(`task ${raw.id} has no test: was the plan checked?`);
  return {
    id: taskId(raw.id),
    title: raw.title,
    description: raw.description,
    agent: raw.agent,
    issue: raw.issue ?? null,
    dependsOn: raw.depends_on.map(taskId),
    canParallelize: raw.can_parallelize,
    priority: raw.priority,
    files: raw.files,
    test,
    usesDefaultTest: raw.test === undefined,
    mayChange: raw.may_change,
    model: raw.model ?? null,
    effort: raw.effort ?? null,
    mcp: [...new Set(raw.mcp)],
    timeout: {
      generateMs: raw.timeout.generate ?? plan.timeout.generate ?? durationMs(GENERATE_TIMEOUT),
      testMs: raw.timeout.test ?? plan.timeout.test ?? durationMs(TEST_TIMEOUT),
    },
  };
}

function toServer(given: WrittenServer): McpServer {
  const { command: program, args, trusted, url, env } = given;
  const tools = given.tools ?? null;
  if (url !== undefined) return { kind: 'remote', url, tools, env };
  return { kind: trusted ? 'trusted' : 'sandboxed', command: program ?? '', args, tools, env };
}

/**
 * Fills in what depends on more than one key.
 *
 * @param raw what planSchema made of a plan in which checkTasks (check-tasks.ts) found no problem
 */
export function toPlan(raw: WrittenPlan): Plan {
  const test = raw.test ?? null;
  return {
    name: raw.name,
    model: raw.model ?? null,
    concurrency: raw.concurrency,
    escalate: raw.escalate ?? null,
    effort: raw.effort ?? null,
    instructions: raw.instructions,
    test,
    setup: raw.setup ?? null,
    network: raw.network,
    commands: { max: raw.commands.max, timeoutMs: raw.commands.timeout },
    mcp: Object.fromEntries(Object.entries(raw.mcp).map(([name, each]) => [name, toServer(each)])),
    env: raw.env,
    protect: raw.protect ?? null,
    verify: raw.verify ?? test,
    retest: raw.retest,
    tryFirst: raw.try_first,
    onBlocker: toReceiver(raw.on_blocker),
    onEnd: toReceiver(raw.on_end),
    prices: raw.prices,
    limits: raw.limits,
    tasks: raw.tasks.map((each) => toTask(each, raw)),
  };
}

/**
 * The keys that are known at a place of the plan, or null where any key is (`prices`, `limits`) or none can be.
 *
 * @param path the place, such as `['tasks', 0, 'timeout']`
 */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] | null {
  const [first, second, third] = path;
  if (first === undefined) return Object.keys(planSchema.shape);
  if (first === 'timeout' && path.length === 1) return Object.keys(timeout.shape);
  if (first === 'commands' && path.length === 1) return Object.keys(commands.shape);
  if (first === 'mcp' && path.length === 2) return Object.keys(server.shape);
  if (first === 'prices' && path.length === 2) return Object.keys(price.shape);
  if (first === 'limits' && path.length === 2) return Object.keys(modelLimits.shape);
  if (first !== 'tasks' || typeof second !== 'number') return null;
  if (path.length === 2) return Object.keys(task.shape);
  return third === 'timeout' && path.length === 3 ? Object.keys(timeout.shape) : null;
}
