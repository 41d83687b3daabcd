/** Detects, from its output, a successful test command that ran no test. Pure. */
import { RUNNER_SUMMARIES } from './runner-summaries.js';
import { shortLines } from './short-lines.js';

/**
 * Finds the line in which a test runner reports that it ran no test.
 * @returns null when a test ran, or when no known runner's summary is found. The latter may be a custom script, for
 *   which the exit code decides. One test is enough, because a command may call several runners, and `go test ./...`
 *   includes packages without tests.
 */
export function findNoTestLine(output: string): string | null {
  let ran = 0;
  let summary: string | null = null;
  for (const line of shortLines(output)) {
    for (const shape of RUNNER_SUMMARIES) {
      const found = shape.line.exec(line);
      if (found === null) continue;
      summary ??= line.trim();
      ran += shape.ran(found);
    }
  }
  return ran > 0 ? null : summary;
}
