#!/usr/bin/env node
/**
 * `npm test`: formatting, lint, types, then every test. Ends with the plain line `N passed, N failed`, in
 * which each of the four checks counts as one. Exit code 0 when all passed.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', ...name.split('/'));

/** A job is one of the checks, or a suite of tests. */
const jobs = [
  suite('stack'),
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
  ...['unit', 'chaos', 'activity', 'workflow', 'hostile', 'browser', 'replay'].map(suite),
];

/**
 * So many run side by side, and whichever is through makes room for the next: together they keep two cores busy. The
 * longest begins, and short ones end, so that none is left alone at the end; the quick ones come beside the first, so
 * that a slip shows at once.
 */
const SIDE_BY_SIDE = 2;

let passed = 0;
let failed = 0;

const left = jobs.values();
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, playLane));

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

function check(title, program, ...args) {
  return {
    title,
    args: [bin(program), ...args],
    countOf: ({ code }) => ({ passing: code === 0 ? 1 : 0, failing: 0 }),
  };
}

function suite(name) {
  return {
    title: `${name} tests`,
    args: [bin('mocha/bin/mocha.js'), '--reporter=dot', '--recursive', `test/${name}/**/*.test.ts`],
    countOf: ({ output }) => counts(output),
  };
}

/** One lane shows what it does; what the other did is shown when a job of it is through. */
async function playLane(_, lane) {
  const show = lane > 0;
  for (const { title, args, countOf } of left) {
    const head = `\n── ${title}\n`;
    if (show) process.stdout.write(head);
    const done = await run(args, show);
    if (!show) process.stdout.write(head + done.output);
    const { passing, failing } = countOf(done);
    passed += passing;
    // What broke before it could count (a file that does not load) has failed all the same.
    failed += done.code !== 0 && failing === 0 ? 1 : failing;
  }
}

function counts(output) {
  const number = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  return { passing: number('passing'), failing: number('failing') };
}

/** Keeps what the program prints, and shows it meanwhile where that is wanted. */
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
