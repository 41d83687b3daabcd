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

const checks = [
  ['formatting', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.']],
  ['lint', [bin('eslint/bin/eslint.js'), 'src', 'test', 'bench']],
  ['types', [bin('typescript/bin/tsc'), '-p', '.']],
  [
    'types of the dashboard',
    [bin('svelte-check/bin/svelte-check'), '--tsconfig', 'src/dashboard/tsconfig.json', '--fail-on-warnings'],
  ],
];

/**
 * Two suites run side by side, and whichever is through makes room for the next: together they keep two cores busy.
 * The longest begins, so that it does not end alone; beside it the quick ones, so that a slip shows at once.
 */
const suites = ['stack', 'unit', 'replay', 'activity', 'workflow', 'hostile', 'browser', 'chaos'];
const SIDE_BY_SIDE = 2;

let passed = 0;
let failed = 0;

for (const [name, args] of checks) {
  process.stdout.write(`\n── ${name}\n`);
  const { code } = await run(args);
  if (code === 0) passed += 1;
  else failed += 1;
}
const left = suites.values();
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, playLane));

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

/** One lane shows what it does; what the other did is shown when a suite of it is through. */
async function playLane(_, lane) {
  const show = lane > 0;
  for (const suite of left) {
    const title = `\n── ${suite} tests\n`;
    if (show) process.stdout.write(title);
    const { code, output } = await run(
      [bin('mocha/bin/mocha.js'), '--reporter=dot', '--recursive', `test/${suite}/**/*.test.ts`],
      { show },
    );
    if (!show) process.stdout.write(title + output);
    const counted = counts(output);
    passed += counted.passing;
    failed += counted.failing;
    // A suite that broke before it could count (a file that does not load) has failed all the same.
    if (code !== 0 && counted.failing === 0) failed += 1;
  }
}

function counts(output) {
  const number = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  return { passing: number('passing'), failing: number('failing') };
}

/** Keeps what the program prints, and shows it meanwhile. */
function run(args, { show = true } = {}) {
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
