/** Parses a patch as git writes it. Pure. */

export interface DiffFile {
  readonly path: string;
  /** The path before a rename; null without one. */
  readonly from: string | null;
  readonly change: 'added' | 'deleted' | 'renamed' | 'modified';
  readonly isBinary: boolean;
  readonly hunks: readonly Hunk[];
  readonly added: number;
  readonly removed: number;
}

export interface Hunk {
  readonly header: string;
  readonly lines: readonly DiffLine[];
}

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
  /** Its line numbers before and after the change; null on the side that does not have it. */
  readonly before: number | null;
  readonly after: number | null;
}

/** The files of a patch in its order. */
export function parseDiff(patch: string): readonly DiffFile[] {
  return (
    patch
      // Not `^`: it matches after characters that end no line of a patch, and would let a changed file hide its lines.
      .split(/(?<=\n)(?=diff --git )/)
      .filter((part) => part.startsWith('diff --git '))
      .map(parseFile)
  );
}

function parseFile(part: string): DiffFile {
  const lines = part.replace(/\n$/, '').split('\n');
  const body = lines.findIndex((line) => line.startsWith('@@ '));
  const head = body < 0 ? lines : lines.slice(0, body);
  const hunks = body < 0 ? [] : parseHunks(lines.slice(body));
  const after = headerValue(head, '+++ ') ?? headerValue(head, 'rename to ');
  const before = headerValue(head, '--- ') ?? headerValue(head, 'rename from ');
  const renamed = headerValue(head, 'rename from ');
  const countLines = (kind: DiffLine['kind']): number =>
    hunks.reduce((sum, { lines: own }) => sum + own.filter((line) => line.kind === kind).length, 0);
  return {
    path: stripPath(after) ?? stripPath(before) ?? pathInTitle(head[0] ?? ''),
    from: renamed,
    change: changeOf(head),
    isBinary: head.some((line) => line.startsWith('Binary files ') || line === 'GIT binary patch'),
    hunks,
    added: countLines('added'),
    removed: countLines('removed'),
  };
}

function changeOf(head: readonly string[]): DiffFile['change'] {
  if (head.some((line) => line.startsWith('new file mode'))) return 'added';
  if (head.some((line) => line.startsWith('deleted file mode'))) return 'deleted';
  return head.some((line) => line.startsWith('rename to ')) ? 'renamed' : 'modified';
}

function headerValue(head: readonly string[], start: string): string | null {
  return head.find((line) => line.startsWith(start))?.slice(start.length) ?? null;
}

/** A path without git's `a/` or `b/` and without the quotes around unusual names. */
function stripPath(text: string | null): string | null {
  if (text === null || text === '/dev/null') return null;
  return text
    .replace(/\t$/, '')
    .replace(/^"(.*)"$/, '$1')
    .replace(/^[ab]\//, '');
}

/** The path in the `diff --git` line, for files that no other line names (empty files, changed modes). */
function pathInTitle(title: string): string {
  const names = title.slice('diff --git '.length);
  return stripPath(names.slice(Math.floor(names.length / 2) + 1)) ?? names;
}

function parseHunks(lines: readonly string[]): readonly Hunk[] {
  const hunks: { header: string; lines: DiffLine[] }[] = [];
  let before = 0;
  let after = 0;
  for (const line of lines) {
    const start = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (start !== null) {
      [before, after] = [Number(start[1]), Number(start[2])];
      hunks.push({ header: line, lines: [] });
      continue;
    }
    const own = hunks.at(-1)?.lines;
    const text = line.slice(1);
    switch (line[0]) {
      case '+':
        own?.push({ kind: 'added', text, before: null, after: after++ });
        break;
      case '-':
        own?.push({ kind: 'removed', text, before: before++, after: null });
        break;
      case ' ':
        own?.push({ kind: 'same', text, before: before++, after: after++ });
        break;
      default:
        // "\ No newline at end of file".
        break;
    }
  }
  return hunks;
}
