#!/usr/bin/env node
/**
 * `npm test`: checks of formatting, lint, imports and types, and the tests that a change needs at once: some thirteen minutes
 * on two cores. With `--all` also the suites that take long: the stack with its commands, attacks, the browser, and a part of the
 * kill matrix. At the end, what failed is printed again, so that the end of a long
 * log tells it. The last line is `N passed, N failed`, in which each check counts as one. The exit code is 0 when all
 * passed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', ...name.split('/'));

/** The tests of the stack that run commands. They take longest, so they are two jobs. */
const COMMANDS = ['test/stack/cli-[a-k]*.test.ts', 'test/stack/{cli-[l-z],doctor-}*.test.ts'];

const checks = [
  check('formatting', 'prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'),
  check('lint', 'eslint/bin/eslint.js', 'src', 'test', 'bench'),
  check(
    'direction of imports',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.js',
    'src',
  ),
  check(
    'imports of the bundles',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.bundles.js',
    'src',
  ),
  check('types', 'typescript/bin/tsc', '-p', '.'),
  check(
    'types of the dashboard',
    'svelte-check/bin/svelte-check',
    '--tsconfig',
    'src/dashboard/tsconfig.json',
    '--fail-on-warnings',
  ),
];

/** A job is one of the checks, or a suite of tests. */
const jobs = process.argv.includes('--all')
  ? [
      ...COMMANDS.map((files, index) => suite(`stack: commands ${index + 1}`, files)),
      ...checks,
      suite('stack: services', 'test/stack/**/*.test.ts', ...COMMANDS.map((files) => `--ignore=${files}`)),
      ...['activity', 'workflow', 'unit', 'replay', 'steps', 'hostile', 'browser', 'chaos'].map(folder),
    ]
  : [...['unit', 'workflow', 'activity'].map(folder), ...checks, ...['replay', 'steps'].map(folder)];

/**
 * Jobs that run in parallel: two keep two cores busy. The longest jobs are first, so that none runs alone at the end.
 */
const PARALLEL_JOBS = 2;

/**
 * After this time a job is killed and counts as failed, so that one that hangs is named with what it printed. The longest
 * takes 15 minutes on two busy cores.
 */
const JOB_LIMIT_MINUTES = 35;

/** How long output may arrive after a job's end. A process that the job left running may hold the pipe open for ever. */
const LATE_OUTPUT_SECONDS = 5;

/** How much of a failed job's end is printed again: its failures with their stacks, which Mocha prints last. */
const REPEATED_CHARACTERS = 8000;

let passed = 0;
let failed = 0;
let failures = '';

const remaining = jobs.values();
await Promise.all(Array.from({ length: PARALLEL_JOBS }, runJobs));

process.stdout.write(`${failures}\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

function check(title, program, ...args) {
  return {
    title,
    args: [bin(program), ...args],
    countOf: ({ code }) => ({ passing: code === 0 ? 1 : 0, failing: 0 }),
  };
}

function folder(name) {
  return suite(name, `test/${name}/**/*.test.ts`);
}

function suite(name, ...files) {
  return {
    title: `${name} tests`,
    args: [bin('mocha/bin/mocha.js'), '--reporter=dot', ...files],
    countOf: ({ output }) => counts(output),
  };
}

/** Runs the remaining jobs one after the other. The second runner prints output at once, the others at a job's end. */
async function runJobs(_, runner) {
  const show = runner === 1;
  for (const { title, args, countOf } of remaining) {
    const head = `\n── ${title}\n`;
    if (show) process.stdout.write(head);
    const done = await run(args, show);
    if (!show) process.stdout.write(head + done.output);
    const { passing, failing } = countOf(done);
    passed += passing;
    // A job that failed before it counted anything (a file that does not load) counts as one failure.
    failed += done.code !== 0 && failing === 0 ? 1 : failing;
    if (done.code !== 0) failures += `\n── failed: ${title}\n${failureOf(done.output)}\n`;
  }
}

function counts(output) {
  const number = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  return { passing: number('passing'), failing: number('failing') };
}

/** The end of a failed job's output, from Mocha's list of failures on where there is one. */
function failureOf(output) {
  const list = output.search(/^ *\d+ failing/m);
  return output.slice(list === -1 ? -REPEATED_CHARACTERS : list).slice(0, REPEATED_CHARACTERS);
}

/** Runs a program and collects its output; with `show`, also prints the output as it arrives. */
async function run(args, show) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const add = (text) => {
    output += text;
    if (show) process.stdout.write(text);
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', add);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    add(`\nended: not done after ${JOB_LIMIT_MINUTES} minutes\n`);
    // Mocha hands an interrupt on to the process that runs the tests.
    child.kill(args[0].includes('mocha') ? 'SIGINT' : 'SIGKILL');
  }, JOB_LIMIT_MINUTES * 60_000);
  const closed = once(child, 'close');
  const [code] = await once(child, 'exit');
  clearTimeout(limit);
  await Promise.race([closed, delay(LATE_OUTPUT_SECONDS * 1000)]);
  return { code: late ? 1 : code, output };
}
