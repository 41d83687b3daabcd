/**
 * What test runners print, as `runOnCommit` hands it on: `test/fixtures/runner-outputs/<runner>/<shows>-<case>.txt`.
 *
 * `no-test`: exit code 0 though no test ran; `one-test`: at least one test ran; `failures`: a cart whose tests fail.
 * The failures are recorded, and so is the rest for node, mocha, jest, vitest, ava, jasmine, uvu, playwright, unittest,
 * pytest, go, cargo and ctest. Outputs of other runners are as their documentation and sources have them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'runner-outputs');

/** One output by its name: `mocha/no-test-nothing`. */
export function runnerOutput(name: string): string {
  return readFileSync(join(FOLDER, `${name}.txt`), 'utf8');
}

/** All outputs of all runners that show this, by their names. */
export function runnerOutputs(shows: 'no-test' | 'one-test' | 'failures'): Readonly<Record<string, string>> {
  const names = readdirSync(FOLDER).flatMap((runner) =>
    readdirSync(join(FOLDER, runner))
      .filter((file) => file.startsWith(shows))
      .map((file) => `${runner}/${file.slice(0, -'.txt'.length)}`),
  );
  return Object.fromEntries(names.map((name) => [name, runnerOutput(name)]));
}
