/** Whether a test command that ended well tested anything, as far as its output tells. Pure. */
import { asTerminalText } from './neutral-output.js';
import { RUNNER_SUMMARIES } from './runner-summaries.js';

/** An account is a short line; what is longer is data, and costs the patterns the square of its length. */
const LINE_LIMIT = 400;

/**
 * The line in which a test runner says that it ran nothing; null when a test ran, or when the output holds no
 * runner's account at all (a script of one's own, which its exit code speaks for). One test is enough, whoever ran
 * it: a command may call several runners, and `go test ./...` has packages without tests.
 */
export function findNoTestLine(output: string): string | null {
  let ran = 0;
  let account: string | null = null;
  for (const line of asTerminalText(output).split('\n')) {
    if (line.length > LINE_LIMIT) continue;
    for (const shape of RUNNER_SUMMARIES) {
      const found = shape.line.exec(line);
      if (found === null) continue;
      account ??= line.trim();
      ran += shape.ran(found);
    }
  }
  return ran > 0 ? null : account;
}
