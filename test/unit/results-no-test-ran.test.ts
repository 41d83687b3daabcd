import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OUTPUT_LIMIT_BYTES } from '../../src/results/command-result.js';
import { findNoTestLine } from '../../src/results/no-test-ran.js';
import { testVerdictOf } from '../../src/results/verdict.js';
import { runnerOutput, runnerOutputs } from '../support/runner-outputs.js';

const GREEN = { exitCode: 0, signal: null, ended: 'exited', ms: 10, commandNotFound: false } as const;

const NO_TEST = runnerOutputs('no-test');
const ONE_TEST = runnerOutputs('one-test');

describe('an output that shows no test', () => {
  for (const [runner, output] of Object.entries(NO_TEST)) {
    it(`is recognised for ${runner}`, () => assert.notEqual(findNoTestLine(output), null));
  }

  it('makes the verdict red, and the verdict quotes it', () => {
    const output = runnerOutput('mocha/no-test-nothing');
    assert.deepEqual(testVerdictOf({ ...GREEN, output, outputBytes: output.length }, 'npx mocha'), {
      passed: false,
      exitCode: 0,
      reason: 'no test ran (its output says "0 passing (1ms)")',
    });
  });

  it('does not change a red verdict, or a verdict whose output was truncated', () => {
    const output = runnerOutput('mocha/no-test-nothing');
    const red = testVerdictOf({ ...GREEN, exitCode: 1, output, outputBytes: 10 }, 'npx mocha');
    assert.equal(red.reason, 'exit code 1');
    assert.ok(testVerdictOf({ ...GREEN, output, outputBytes: OUTPUT_LIMIT_BYTES + 1 }, 'npx mocha').passed);
  });
});

describe('an output that shows a test', () => {
  for (const [runner, output] of Object.entries({ ...ONE_TEST, ...runnerOutputs('failures') })) {
    it(`is accepted for ${runner}`, () => assert.equal(findNoTestLine(output), null));
  }

  it('is enough, whatever other runners in the same command report', () => {
    const [empty, full] = [Object.values(NO_TEST), Object.values(ONE_TEST)];
    fc.assert(
      fc.property(fc.constantFrom(...empty), fc.constantFrom(...full), (none, one) => {
        assert.equal(findNoTestLine(`${none}\n${one}`), null);
        assert.equal(findNoTestLine(`${one}\n${none}`), null);
      }),
    );
  });

  it('is not required of a command that is not a test runner', () => {
    for (const output of [
      '',
      'ok\n',
      'all good: 0 problems\n',
      '3 files checked, 0 errors\n',
      'Done in 0.1s.',
      '  failed: 0',
      '  Total:     0',
      '  3 ok\n  1 skipped\n',
      'Tests: 12 total',
    ]) {
      assert.equal(findNoTestLine(output), null);
    }
  });

  it('is checked quickly in any output, however long its lines', () => {
    const line = `Tests: ${'1 '.repeat(200_000)}`;
    assert.equal(findNoTestLine(`${line}\n1..${'0'.repeat(100_000)}\n`), null);
    fc.assert(fc.property(fc.string(), (text) => findNoTestLine(text) === null || text.length > 0));
  });
});
