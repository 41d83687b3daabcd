#!/usr/bin/env node
/**
 * `npm test`: checks of formatting, lint, imports and types, and the tests. With `--all` also the suites that take long:
 * attacks, the browser, and a part of the kill matrix. The last line is `N passed, N failed`, in which each check counts
 * as one. The exit code is 0 when all passed.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', ...name.split('/'));

/** The tests of the stack that run commands. They take longest, so they are two jobs. */
const COMMANDS = ['test/stack/cli-[a-k]*.test.ts', 'test/stack/{cli-[l-z],doctor-}*.test.ts'];

/** A job is one of the checks, or a suite of tests. */
const jobs = [
  ...COMMANDS.map((files, index) => suite(`stack: commands ${index + 1}`, files)),
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
  suite('stack: services', 'test/stack/**/*.test.ts', ...COMMANDS.map((files) => `--ignore=${files}`)),
  ...['activity', 'workflow', 'unit', 'replay'].map(folder),
  ...(process.argv.includes('--all') ? ['hostile', 'browser', 'chaos'].map(folder) : []),
];

/**
 * Jobs that run in parallel: two keep two cores busy. The longest jobs are first, so that none runs alone at the end.
 */
const PARALLEL_JOBS = 2;

let passed = 0;
let failed = 0;

const remaining = jobs.values();
await Promise.all(Array.from({ length: PARALLEL_JOBS }, runJobs));

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
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
  }
}

function counts(output) {
  const number = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  return { passing: number('passing'), failing: number('failing') };
}

/** Runs a program and collects its output; with `show`, also prints the output as it arrives. */
function run(args, show) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output += text;
        if (show) process.stdout.write(text);
      });
    }
    child.on('close', (code) => resolve({ code, output }));
  });
}
