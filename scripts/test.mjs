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
 * Tests of one kind after the other, the quick ones first, so that a slip shows at once; and beside them those that
 * mostly wait for processes to start and end: together they keep two cores busy.
 */
const lanes = [
  ['unit', 'activity', 'workflow', 'replay'],
  ['stack', 'hostile', 'browser', 'chaos'],
];

let passed = 0;
let failed = 0;

for (const [name, args] of checks) {
  process.stdout.write(`\n── ${name}\n`);
  const { code } = await run(args);
  if (code === 0) passed += 1;
  else failed += 1;
}
await Promise.all(lanes.map(playLane));

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

async function playLane(suites, lane) {
  for (const suite of suites) {
    if (lane === 0) process.stdout.write(`\n── ${suite} tests\n`);
    const { code, output } = await run(
      [bin('mocha/bin/mocha.js'), '--reporter=dot', '--recursive', `test/${suite}/**/*.test.ts`],
      // One lane shows what it does; what the other did is shown when a suite of it is through.
      { show: lane === 0 },
    );
    if (lane !== 0) process.stdout.write(`\n── ${suite} tests\n${output}`);
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
