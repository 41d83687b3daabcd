/**
 * Outputs of test runners as `runOnCommit` returns them: `test/fixtures/runner-outputs/<runner>/<shows>-<case>.txt`.
 *
 * `no-test`: exit code 0 although no test ran; `one-test`: at least one test ran; `failures`: a cart whose tests fail.
 * All failures are recorded. The others are recorded for node, mocha, jest, vitest, ava, jasmine, uvu, playwright,
 * unittest, pytest, go, cargo and ctest, and are taken from documentation and sources for other runners.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'runner-outputs');

/** Reads one output by name, such as `mocha/no-test-nothing`. */
export function runnerOutput(name: string): string {
  return readFileSync(join(FOLDER, `${name}.txt`), 'utf8');
}

/** Reads all outputs of one kind, by name. */
export function runnerOutputs(shows: 'no-test' | 'one-test' | 'failures'): Readonly<Record<string, string>> {
  const names = readdirSync(FOLDER).flatMap((runner) =>
    readdirSync(join(FOLDER, runner))
      .filter((file) => file.startsWith(shows))
      .map((file) => `${runner}/${file.slice(0, -'.txt'.length)}`),
  );
  return Object.fromEntries(names.map((name) => [name, runnerOutput(name)]));
}
