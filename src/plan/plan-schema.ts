import { z } from 'zod';
import { ID_PATTERN, taskId, type TaskId } from '../contract/ids.js';
import { DURATION_EXPECTED, DURATION_MAX_MS, DURATION_PATTERN, durationMs } from './duration.js';
import { globProblem } from './glob.js';
import { show } from './describe-problem.js';

/** The roles a worker agent can have. */
export const AGENTS = ['backend', 'frontend', 'test'] as const;
export type Agent = (typeof AGENTS)[number];
const NETWORKS = ['none', 'setup'] as const;
const RETESTS = ['always', 'overlap', 'end'] as const;

/** Limits of a plan: each above what a sensible plan needs, and below what hurts. */
export const PLAN_LIMITS = {
  /** The most a run was designed and measured for; beyond it the graph is no longer read in one go. */
  tasks: 10_000,
  /** A worker opens a thousand model calls at once, and the lead a thousand children; more only queue. */
  concurrency: 1_000,
  /** A title is a commit's first line and a cell of a table. */
  titleLength: 200,
  /** About 25,000 tokens, paid for again in every turn of the task. */
  descriptionLength: 100_000,
  /** Linux refuses a single argument of 128 KiB, which is what `sh -c` is given. */
  commandLength: 32_000,
  /** The longest path that Linux opens. */
  pathLength: 4_096,
  /** Lists of a task: more files than a prompt holds, more globs than a person keeps in mind. */
  listLength: 1_000,
} as const;

/** How a person is told of a blocker: a command that gets it as JSON on stdin, or a URL it is posted to. */
export type OnBlocker =
  { readonly kind: 'command'; readonly command: string } | { readonly kind: 'url'; readonly url: string };

/** A valid plan with all defaults filled in. It is plain data: JSON holds it without loss. */
export interface Plan {
  readonly name: string;
  /** Null: the command line, the environment or the default decides. */
  readonly model: string | null;
  readonly concurrency: number;
  /** The default test command; null only when every task has its own. */
  readonly test: string | null;
  readonly setup: string | null;
  readonly network: (typeof NETWORKS)[number];
  readonly env: readonly string[];
  /** Null: the default protection of tests. An empty list protects nothing. */
  readonly protect: readonly string[] | null;
  /** What runs on the finished branch: the plan's `verify`, otherwise its `test`, otherwise nothing. */
  readonly verify: string | null;
  readonly retest: (typeof RETESTS)[number];
  readonly onBlocker: OnBlocker | null;
  /** USD per million tokens, by model. */
  readonly prices: Readonly<Record<string, { readonly input: number; readonly output: number }>>;
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
  /** Milliseconds. */
  readonly timeout: { readonly generateMs: number; readonly testMs: number };
}

// The message of a built-in check below ends the sentence "found …, expected …" (see wording.ts); that of a
// check of our own is the whole sentence.

/** Adds a check of our own: `problem` gives the whole message, or null when all is well. */
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
  if (ms === 0) return `found ${show(text)}, expected more than no time at all`;
  return ms > DURATION_MAX_MS ? `found ${show(text)}, expected at most 24h` : null;
}).transform(durationMs);

const glob = checked(z.string(), globProblem);

/** Names that hold our own secrets and addresses: what the tests run is not trusted with them. */
const RESERVED_ENV = /^(?:ANTHROPIC_.*|LEADWRIGHT_.*|DATABASE_URL|TEMPORAL_.*)$/i;
const envName = checked(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, 'the name of a variable: letters, digits and _'),
  (text) =>
    RESERVED_ENV.test(text) ? `${text} is Leadwright's own and may hold a secret: no test may see it` : null,
);

const ID_EXPECTED =
  'lower-case letters, digits, dots, dashes and underscores, beginning with a letter or a digit, 64 at most';
const id = z.string().regex(ID_PATTERN, ID_EXPECTED);

const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/;
const modelName = z.string().regex(MODEL_NAME, 'the name of a model, such as claude-sonnet-5-5');

/** A path that git could hold, written plainly. */
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
const price = z.strictObject({ input: rate, output: rate }).describe('USD per million tokens');

const onBlocker = checked(command, (text) => {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || (scheme === 'https' && URL.canParse(text))) return null;
  return `found ${show(text)}, expected a command or an https URL`;
});

const timeout = z.strictObject({
  generate: duration.prefault('5m').describe('Bound of one model call on the wire'),
  test: duration.prefault('5m').describe('Bound of one run of the test command'),
});

const priority = z.int().min(0, 'a whole number from 0 to 4').max(4, 'a whole number from 0 to 4');
const task = z.strictObject({
  id: id.describe('Unique in the plan'),
  title: oneLine('a title', PLAN_LIMITS.titleLength).describe('Unique in the plan, one line'),
  description: z
    .string()
    .max(PLAN_LIMITS.descriptionLength, `at most ${PLAN_LIMITS.descriptionLength} characters`)
    .default('')
    .describe('What to do, in Markdown'),
  agent: z.enum(AGENTS).default('backend').describe('The role of the agent that does it'),
  issue: oneLine('a name', PLAN_LIMITS.titleLength).optional().describe('Groups tasks'),
  depends_on: list(id).default([]).describe('Ids of tasks that are completed before this one starts'),
  can_parallelize: z.boolean().default(true).describe('false: runs alone, once what runs has ended'),
  priority: priority.default(2).describe('0 is the highest, 4 the lowest; waiting raises it'),
  files: list(path).default([]).describe('Files the agent sees whole from the start'),
  test: command.optional().describe("This task's own test command"),
  may_change: list(glob).default([]).describe('Globs that lift protection for this task'),
  timeout: timeout.prefault({}).describe('Lengths of time: 30s, 5m, 1h, 1h30m'),
});

const CONCURRENCY_EXPECTED = `a whole number from 1 to ${PLAN_LIMITS.concurrency}`;
const concurrency = z.int().min(1, CONCURRENCY_EXPECTED).max(PLAN_LIMITS.concurrency, CONCURRENCY_EXPECTED);

/**
 * The plan as it is written: the single source of what a plan may say, its JSON Schema included. What tasks
 * say of each other is checked apart, in cross.ts.
 */
export const planSchema = z.strictObject({
  name: oneLine('a name', PLAN_LIMITS.titleLength).describe('The project'),
  model: modelName.optional().describe('The model; --model goes before it'),
  concurrency: concurrency.default(10).describe('Tasks at once'),
  test: command.optional().describe("The default test command, run with sh -c at the repository's root"),
  setup: command.optional().describe('Run once per distinct lock file, before tests'),
  network: z.enum(NETWORKS).default('none').describe('What the sandbox lets out'),
  env: list(envName).default([]).describe('Names of variables that setup and tests may see'),
  protect: list(glob).optional().describe('Globs of files that no agent may change; default: tests'),
  verify: command.optional().describe('Run on the finished branch; default: test'),
  retest: z.enum(RETESTS).default('overlap').describe('When a merged tree is tested again'),
  on_blocker: onBlocker.optional().describe('A command, or an https URL, told of each blocker as JSON'),
  prices: z.record(modelName, price).default({}).describe('Prices by model'),
  tasks: z
    .array(task)
    .min(1, 'at least one task')
    .max(PLAN_LIMITS.tasks, `at most ${PLAN_LIMITS.tasks} tasks`),
});

/** A plan as a person writes it, with everything optional that has a default. */
export type PlanInput = z.input<typeof planSchema>;
/** The same once the schema has filled in the defaults of its keys. */
export type WrittenPlan = z.output<typeof planSchema>;

function toOnBlocker(text: string): OnBlocker {
  return /^https:\/\//i.test(text) ? { kind: 'url', url: text } : { kind: 'command', command: text };
}

function toTask(raw: WrittenPlan['tasks'][number], defaultTest: string | null): PlanTask {
  const test = raw.test ?? defaultTest;
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
    timeout: { generateMs: raw.timeout.generate, testMs: raw.timeout.test },
  };
}

/**
 * Fills in what depends on more than one key.
 *
 * @param raw what planSchema made of a plan in which checkTasks (cross.ts) found no problem
 */
export function toPlan(raw: WrittenPlan): Plan {
  const test = raw.test ?? null;
  return {
    name: raw.name,
    model: raw.model ?? null,
    concurrency: raw.concurrency,
    test,
    setup: raw.setup ?? null,
    network: raw.network,
    env: raw.env,
    protect: raw.protect ?? null,
    verify: raw.verify ?? test,
    retest: raw.retest,
    onBlocker: raw.on_blocker === undefined ? null : toOnBlocker(raw.on_blocker),
    prices: raw.prices,
    tasks: raw.tasks.map((each) => toTask(each, test)),
  };
}

/**
 * The keys that are known at a place of the plan, or null where any key is (`prices`) or none can be.
 *
 * @param path the place, such as `['tasks', 0, 'timeout']`
 */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] | null {
  const [first, second, third] = path;
  if (first === undefined) return Object.keys(planSchema.shape);
  if (first === 'prices' && path.length === 2) return Object.keys(price.shape);
  if (first !== 'tasks' || typeof second !== 'number') return null;
  if (path.length === 2) return Object.keys(task.shape);
  return third === 'timeout' && path.length === 3 ? Object.keys(timeout.shape) : null;
}
