import { stringify } from 'yaml';
import { z } from 'zod';
import { PLAN_SCHEMA_FILE } from '../contract/names.js';
import type { SandboxNeeds } from './language-templates.js';
import { PLAN_LIMITS, planSchema } from './plan-schema.js';

/** The JSON Schema of a plan file, for editors. Draft 7, because all editors support it. */
export function planJsonSchema(): object {
  const schema = z.toJSONSchema(planSchema, { io: 'input', target: 'draft-7' });
  return { ...schema, title: 'Leadwright plan' };
}

/** The texts of the template's task, which a person replaces. A plan that still has one of them is refused. */
export const PLACEHOLDERS = {
  title: 'Replace this with one line that says what to do',
  description: `Tell the agent here, in Markdown, what it needs to know: the result that you want, where to look, and
what to leave alone.
`,
} as const;

/**
 * A commented plan to start from, valid once its placeholders are replaced.
 *
 * @param project its name, from which invalid characters are removed, and its default test command; without one a person
 *   has to set it
 */
export function planTemplate(project: {
  readonly name: string;
  readonly test: string | null;
  /** What the sandbox needs for the language. */
  readonly sandbox?: SandboxNeeds | null;
  /** Whether a variable is set where the plan is made: each run warns of those in `env` that are not. */
  readonly isSet?: (variable: string) => boolean;
}): string {
  const { test, sandbox = null, isSet = () => true } = project;
  return `# yaml-language-server: $schema=./${PLAN_SCHEMA_FILE}
# A plan for Leadwright. Check it with: leadwright run --dry-run

name: ${scalar(projectName(project.name))}
${test === null ? '# test: npm test # set this to the command that runs your tests' : `test: ${scalar(test)} # the default test command`}

# Everything from here to tasks is optional. Each line shows the default or an example.
# model: claude-sonnet-5-5
# concurrency: 10 # tasks at once
# escalate: { after: 2, model: claude-opus-5-5 } # from the third attempt at a task another model
# effort: high # low … max: how much the model thinks; default: the model's own
# instructions: [AGENTS.md, CLAUDE.md] # for agents, at the root and above a task's files
${setupLines(sandbox)}
# commands: { max: 60, timeout: 5m } # what agents may run on their drafts, per task
# timeout: { generate: 30m, test: 5m } # of all tasks; a task's own comes before it
${envLine(sandbox?.env ?? [], isSet)} # names of variables that setup and tests may see
# protect: ["**/*.spec.ts"] # files that no agent may change; default: tests, except for the agent test
# verify: npm run check # on the finished branch; default: test
# retest: overlap # or always, end: when a merged tree is tested again
# try_first: true # a task's own test is tried once at its start, for the agent
# on_blocker: ./page-me.sh # a command, or an https URL, that gets each blocker as JSON
# on_end: ./tell-me.sh # the same for the run when it has ended
# prices: { my-model: { input: 3, output: 15 } } # USD per million tokens
# limits: { my-model: { context: 32768, output: 8192 } } # tokens, for a model that Leadwright does not know

tasks:
  - id: first-task # unique: lower-case letters, digits, dots, dashes, underscores
    title: ${PLACEHOLDERS.title}
    description: |
${PLACEHOLDERS.description.replaceAll(/^(?=.)/gm, '      ')}    agent: backend # or frontend, test
    # issue: Cart # groups tasks
    # priority: 2 # 0 highest … 4
    # files: [src/cart.ts] # the agent sees them whole from the start
    # may_change: ["test/cart.test.ts"] # lifts protection for this task
    # effort: max # this task's own
    # timeout: { generate: 30m, test: 5m }
    # can_parallelize: true # false: the task runs alone

  # - id: second-task
  #   title: Something that needs the first
  #   depends_on: [first-task]
`;
}

function envLine(variables: readonly string[], isSet: (variable: string) => boolean): string {
  const set = variables.filter(isSet);
  if (set.length > 0) return `env: [${set.join(', ')}]`;
  return `# env: [${variables.length === 0 ? 'TZ' : variables.join(', ')}]`;
}

function setupLines(sandbox: SandboxNeeds | null): string {
  const about = 'once per distinct lock file, before tests';
  if (sandbox === null) {
    return `# setup: npm ci # ${about}
# network: none # or setup: network access for the setup command only`;
  }
  return `# ${sandbox.why}
setup: ${scalar(sandbox.setup)} # ${about}
network: setup # the setup command may use the network; tests and agents' commands may not`;
}

function projectName(name: string): string {
  const clean = name
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, PLAN_LIMITS.titleLength);
  return clean === '' ? 'project' : clean;
}

/** The text as a YAML value on one line, in quotes when it needs them. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, blockQuote: false }).trimEnd();
}

/** The placeholder script that `npm init` writes, which only fails. */
const NO_TEST = /no test specified/;

/** Files at a repository's root that tell its test command, the most reliable first. */
const TEST_COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/^deno\.jsonc?$/, 'deno test'],
  [/^Cargo\.toml$/, 'cargo test'],
  [/^go\.(?:mod|work)$/, 'go test ./...'],
  [/^mvnw$/, './mvnw test'],
  [/^pom\.xml$/, 'mvn test'],
  [/^gradlew$/, './gradlew test'],
  [/^(?:build|settings)\.gradle(?:\.kts)?$/, 'gradle test'],
  [/^(?:.*\.(?:sln|slnx|csproj|fsproj))$/, 'dotnet test'],
  [/^mix\.exs$/, 'mix test'],
  [/^Package\.swift$/, 'swift test'],
  [/^\.rspec$/, 'bundle exec rspec'],
  [/^Rakefile$/, 'bundle exec rake test'],
  [/^phpunit\.xml(?:\.dist)?$/, 'vendor/bin/phpunit'],
  [/^(?:pytest\.ini|conftest\.py|pyproject\.toml|setup\.(?:py|cfg)|tox\.ini|requirements.*\.txt)$/, 'pytest'],
  [/^(?:GNUm|m|M)akefile$/, 'make test'],
];

/** How the scripts of `package.json` are run, by the package manager's lock file. */
const PACKAGE_MANAGERS: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'pnpm test'],
  ['yarn.lock', 'yarn test'],
  ['bun.lock', 'bun run test'],
  ['bun.lockb', 'bun run test'],
];

/**
 * Guesses a repository's default test command.
 *
 * @param files the names of the files at its root
 * @param packageJson the text of its package.json, when it has one
 * @returns the command, or null when no file tells
 */
export function detectTest(files: readonly string[], packageJson?: string): string | null {
  if (packageJson !== undefined && hasTestScript(packageJson)) {
    return PACKAGE_MANAGERS.find(([lock]) => files.includes(lock))?.[1] ?? 'npm test';
  }
  return TEST_COMMANDS.find(([file]) => files.some((name) => file.test(name)))?.[1] ?? null;
}

const packageWithTest = z.object({ scripts: z.object({ test: z.string() }) });

function hasTestScript(packageJson: string): boolean {
  try {
    const parsed = packageWithTest.safeParse(JSON.parse(packageJson));
    return parsed.success && !NO_TEST.test(parsed.data.scripts.test);
  } catch {
    // A package.json that is not JSON has no test script.
    return false;
  }
}
