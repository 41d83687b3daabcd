/** Whether two failed tests failed for the same reason, as far as their output tells. Pure. */

/** A failed verdict: its one line, and the failures from its output. */
export interface Failure {
  readonly summary: string;
  readonly output: string;
}

/** What differs between two runs of a command that fail alike: durations, dates, addresses, numbers of processes. */
const VARYING = [
  /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?\b/g,
  /\b\d+(?:\.\d+)?\s*(?:ms|µs|us|s|sec|seconds?|minutes?)\b/g,
  /\b0x[0-9a-f]+\b/gi,
  /\b(?:pid|port)[ :=]*\d+\b/gi,
] as const;

/** A command that prints nothing does not tell why it failed, so two such failures are not called the same. */
export function isSameFailure(before: Failure, now: Failure): boolean {
  return (
    now.output.trim() !== '' &&
    withoutVarying(before.summary) === withoutVarying(now.summary) &&
    withoutVarying(before.output) === withoutVarying(now.output)
  );
}

function withoutVarying(text: string): string {
  return VARYING.reduce((rest, pattern) => rest.replaceAll(pattern, '#'), text)
    .replaceAll(/\s+/g, ' ')
    .trim();
}
