import type { RunId, TaskId } from '../../contract/ids.js';

export interface TaskCommit {
  readonly title: string;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly attempt: number;
  /** The agent's explanation: untrusted text. */
  readonly explanation?: string | undefined;
}

/** Characters of a subject line. `git log --oneline` and web pages show at least as many. */
const MAX_TITLE = 200;
/** Characters of an explanation: one page. The database has the complete text. */
const MAX_EXPLANATION = 4000;

/**
 * The message of a task's commit: the title, the explanation, and trailers that name the run, the task and the
 * attempt. Title and explanation come from a plan or a model, so they are escaped: git reads no trailer in them,
 * neither one of these nor another (`Signed-off-by:`), and no server finds an order in the explanation.
 */
export function taskCommitMessage(commit: TaskCommit): string {
  const title = truncate(
    splitPlainLines(commit.title)
      .join(' ')
      .replace(/\s+/g, ' ')
      .replace(/^ ?-{3,}/, '')
      .trim(),
    MAX_TITLE,
  );
  const body = splitPlainLines(commit.explanation ?? '')
    .map((line) => escapeTrailer(withoutOrders(line)))
    .join('\n')
    .trimEnd();
  const trailers = [`Run: ${commit.runId}`, `Task: ${commit.taskId}`, `Attempt: ${commit.attempt}`];
  return [title === '' ? commit.taskId : title, truncate(body, MAX_EXPLANATION), trailers.join('\n')]
    .filter((part) => part.trim() !== '')
    .map((part) => part.replace(/^\n+/, ''))
    .join('\n\n')
    .concat('\n');
}

/** Splits a text at any kind of line break and removes control characters. */
function splitPlainLines(text: string): string[] {
  return text
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
    .map((line) => line.replaceAll('\t', '    ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ''));
}

/** Indents a line that git would read as a trailer (`Word: …`) or as the end of the message (`---`). */
function escapeTrailer(line: string): string {
  return /^([A-Za-z0-9-]+\s*:|---|\(cherry picked from)/.test(line) ? `  ${line}` : line;
}

/**
 * Changes what servers of git act on when they receive a commit: words that keep its tests in CI from running
 * (`[skip ci]`), and references, which close an issue after words such as "fixes".
 */
function withoutOrders(line: string): string {
  return line
    .replace(/\[([^[\]]*)\]/g, (whole, words: string) =>
      /\b(?:skip|no[ -]ci)\b/i.test(words) ? `(${words})` : whole,
    )
    .replace(/\*\*\*(NO_CI)\*\*\*/gi, '$1')
    .replace(/(#|\/issues\/)(?=\d)/g, '$1 ')
    .replace(/\bGH-(?=\d)/gi, 'GH ');
}

/** Shortens a text to `limit` UTF-16 units without splitting a character. */
function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/\p{Surrogate}$/u, '')}…`;
}
