import { stringify } from 'yaml';
import { z } from 'zod';
import { PLAN_LIMITS, planSchema } from './plan-schema.js';

/** The name under which `init` writes the schema, next to the plan: the plan's first line names it. */
export const SCHEMA_FILE = 'leadwright.schema.json';

/** The JSON Schema of a plan as it is written, for editors. Draft 7, which all of them understand. */
export function planJsonSchema(): object {
  const schema = z.toJSONSchema(planSchema, { io: 'input', target: 'draft-7' });
  return { ...schema, title: 'Leadwright plan' };
}

/**
 * A commented plan to start from. It is valid as it stands.
 *
 * @param project its name (what no name can hold is taken out) and its default test command; without one, the
 *   plan shows a test of a task's own
 */
export function planTemplate(project: { readonly name: string; readonly test: string | null }): string {
  const { test } = project;
  const taskTest =
    test === null ? `    test: "true" # replace: the command that shows that this task is done\n` : '';
  return `# yaml-language-server: $schema=./${SCHEMA_FILE}
# A plan for Leadwright. Check it with: leadwright run --dry-run

name: ${scalar(projectName(project.name))}
${test === null ? '# test: npm test # the default test command' : `test: ${scalar(test)} # the default test command`}

# The rest up to tasks is optional; what is shown is the default, or an example.
# model: claude-sonnet-5-5
# concurrency: 10 # tasks at once
# setup: npm ci # once per distinct lock file, before tests
# network: none # or setup: what the sandbox lets out
# env: [TZ] # names of variables that setup and tests may see
# protect: ["**/*.spec.ts"] # files that no agent may change; default: tests, except for the agent test
# verify: npm run check # on the finished branch; default: test
# retest: overlap # or always, end: when a merged tree is tested again
# on_blocker: ./page-me.sh # a command, or an https URL, told of each blocker as JSON
# prices: { my-model: { input: 3, output: 15 } } # USD per million tokens

tasks:
  - id: first-task # unique: lower-case letters, digits, dots, dashes, underscores
    title: Replace this by one line that says what is to be done
    description: |
      Say here, in Markdown, what the agent needs to know: what should be so in the end, where to look,
      what to leave alone.
    agent: backend # or frontend, test
${taskTest}    # issue: Cart # groups tasks
    # priority: 2 # 0 highest … 4
    # files: [src/cart.ts] # seen whole from the start
    # may_change: ["test/cart.test.ts"] # lifts protection for this task
    # timeout: { generate: 5m, test: 5m }
    # can_parallelize: true # false: runs alone

  # - id: second-task
  #   title: Something that needs the first
  #   depends_on: [first-task]
`;
}

function projectName(name: string): string {
  const clean = name
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, PLAN_LIMITS.titleLength);
  return clean === '' ? 'project' : clean;
}

/** Text as a YAML value on one line, in quotes where it needs them. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, blockQuote: false }).trimEnd();
}

/** The placeholder that `npm init` writes: it fails, and tests nothing. */
const NO_TEST = /no test specified/;

/** Files at a repository's root that give its test command away, the most telling first. */
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

/** Who runs `package.json`'s scripts, by the lock file they leave. */
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
 * @returns the command, or null when nothing tells
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
    // A package.json that is not JSON tells nothing.
    return false;
  }
}
