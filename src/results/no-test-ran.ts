/** Detects, from its output, a successful test command that ran no test. Pure. */
import { asTerminalText } from './neutral-output.js';
import { RUNNER_SUMMARIES } from './runner-summaries.js';

/** A summary is a short line. Longer lines are data, and matching them takes time quadratic in their length. */
const LINE_LIMIT = 400;

/**
 * Finds the line in which a test runner reports that it ran no test.
 * @returns null when a test ran, or when no known runner's summary is found. The latter may be a custom script, for
 *   which the exit code decides. One test is enough, because a command may call several runners, and `go test ./...`
 *   includes packages without tests.
 */
export function findNoTestLine(output: string): string | null {
  let ran = 0;
  let summary: string | null = null;
  for (const line of asTerminalText(output).split('\n')) {
    if (line.length > LINE_LIMIT) continue;
    for (const shape of RUNNER_SUMMARIES) {
      const found = shape.line.exec(line);
      if (found === null) continue;
      summary ??= line.trim();
      ran += shape.ran(found);
    }
  }
  return ran > 0 ? null : summary;
}
