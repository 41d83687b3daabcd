import assert from 'node:assert/strict';
import { findUnfinishedRun } from '../../src/results/unfinished-run.js';
import { testVerdictOf } from '../../src/results/verdict.js';
import { runnerOutputs } from '../support/runner-outputs.js';

const GREEN = { exitCode: 0, signal: null, ended: 'exited', ms: 10, commandNotFound: false } as const;

/** What pytest 8 and unittest of Python 3.11, cargo 1.95, jest 30 and tape print when imported code ends them. */
const CUT: readonly (readonly [runner: string, command: string, output: string])[] = [
  [
    'pytest',
    'npm test',
    '============================= test session starts ==============================\n' +
      'platform linux -- Python 3.11.7, pytest-8.4.2, pluggy-1.6.0\nrootdir: .\ncollected 2 items\n\n',
  ],
  ['cargo test', 'cargo test', '\nrunning 2 tests\n'],
  ['jest', 'npx jest', '  ● process.exit called with "0"\n\n      1 | process.exit(0);\n'],
  ['a TAP producer', 'node test.js', 'TAP version 13\n# adds\nok 1 adds\n'],
  ['unittest', 'python3 -m unittest', ''],
  ['unittest', 'PYTHONPATH=src python3 -B -m unittest discover -s tests -q', ''],
];

describe('a runner that ends before its summary', () => {
  for (const [runner, command, output] of CUT) {
    it(`is recognised: ${runner} by ${command}`, () => {
      const verdict = testVerdictOf({ ...GREEN, output, outputBytes: output.length }, command);
      assert.equal(verdict.passed, false);
      assert.match(verdict.reason, new RegExp(`^${runner} ended with exit code 0 before its summary`));
    });
  }

  it('is recognised when another one finished', () => {
    const begun = '===== test session starts =====\n';
    const output = `${begun}===== 2 passed in 0.01s =====\n${begun}`;
    assert.match(findUnfinishedRun('make', output) ?? '', /^pytest /);
  });
});

describe('a runner that finished', () => {
  const all = { ...runnerOutputs('no-test'), ...runnerOutputs('one-test'), ...runnerOutputs('failures') };
  for (const [name, output] of Object.entries(all)) {
    it(`is not reported: ${name}`, () => assert.equal(findUnfinishedRun('npm test', output), null));
  }

  const quiet: readonly (readonly [string, string])[] = [
    [
      'pytest -q',
      '..                                                                       [100%]\n2 passed in 0.01s\n',
    ],
    ['pytest -qq', '..                                                                       [100%]\n'],
    ['pytest', '===== test session starts =====\n===== 2 passed in 65.00s (0:01:05) =====\n'],
    ['pytest', '===== test session starts =====\n===== 1 passed, 1 warning in 0.12 seconds =====\n'],
    ['pytest --co', '===== test session starts =====\n===== 2 tests collected in 0.01s =====\n'],
    ['pytest', '===== test session starts =====\n\nResults (0.02s):\n         2 passed\n'],
    ['pytest --junitxml=out.xml -p no:terminal', ''],
    ['npx mocha --reporter json --reporter-option output=out.json', ''],
    ['npm test --silent', ''],
    ['go test ./...', 'ok  \tshop\t0.002s\n'],
    ['cargo test --no-run', '  Executable unittests src/lib.rs (target/debug/deps/shop)\n'],
    ['python3 -m unittest 2>log', ''],
    ['python3 -m unittest | tee log', ''],
    ['test -e done || python3 -m unittest', ''],
    ['python3 -m unittest -q', 'Ran 1 test in 0.000s\n\nOK\n'],
    ['node test.js', 'TAP version 13\n1..0 # SKIP nothing to do\n'],
    ['sh -c "python3 -m unittest"', ''],
  ];
  for (const [command, output] of quiet) {
    it(`is not reported: ${command} with ${JSON.stringify(output.slice(0, 30))}`, () =>
      assert.equal(findUnfinishedRun(command, output), null));
  }

  it('is found beside a line of megabytes, which would take hours if the time were quadratic in its length', () => {
    const begin = '===== test session starts =====';
    const output = `${begin}\n=${' in 1s'.repeat(600_000)}\n`;
    assert.match(findUnfinishedRun('pytest', output) ?? '', /^pytest ended/);
    assert.equal(findUnfinishedRun('pytest', `${output}===== 2 passed in 0.01s =====\n`), null);
  });
});
