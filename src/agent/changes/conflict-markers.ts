/** Conflict markers of git: the conflicts that a merged file shows, and the markers that an agent leaves. Pure. */

/** Lines shown before and after a conflict: enough to find the place. */
const LINES_AROUND = 3;

/** Stand in the place of git's labels, which name commits that the agent does not know. */
const OURS = 'what landed';
const THEIRS = 'your change';

/**
 * The conflicts in a merged file, each with both sides and some lines around it; null when it has none. Conflicts whose
 * surroundings touch are one part.
 * @param ours and theirs: the labels of git's markers, which no line of the file itself begins with
 */
export function showConflicts(text: string, ours: string, theirs: string): string | null {
  const lines = text.split('\n');
  const begins = `<<<<<<< ${ours}`;
  const ends = `>>>>>>> ${theirs}`;
  const parts: { first: number; last: number }[] = [];
  let begun: number | null = null;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith(begins)) begun = index;
    if (!line.startsWith(ends) || begun === null) continue;
    const first = Math.max(0, begun - LINES_AROUND);
    const last = index + LINES_AROUND;
    const before = parts.at(-1);
    if (before !== undefined && before.last >= first - 1) before.last = last;
    else parts.push({ first, last });
    begun = null;
  }
  if (parts.length === 0) return null;
  const shown = lines.map((line) => {
    if (line.startsWith(begins)) return `<<<<<<< ${OURS}`;
    return line.startsWith(ends) ? `>>>>>>> ${THEIRS}` : line;
  });
  return parts.map(({ first, last }) => shown.slice(first, last + 1).join('\n')).join('\n[…]\n');
}

const MARKERS = [/^<{7}(?: |\r?$)/, /^={7}(?: |\r?$)/, /^>{7}(?: |\r?$)/];

/** Why content cannot be written: it has more conflict markers than the file had before (null: no file); else null. */
export function refuseConflictMarkers(before: Buffer | null, content: Buffer): string | null {
  if (countConflicts(content) <= (before === null ? 0 : countConflicts(before))) return null;
  return 'conflict markers (<<<<<<<, =======, >>>>>>>) are left in it; write what both sides need, without them';
}

/** Counts the conflicts whose three marker lines a file has, in their order. */
function countConflicts(content: Buffer): number {
  if (!content.includes('<<<<<<<')) return 0;
  let next = 0;
  // Markers are ASCII, so each other byte may be any character.
  for (const line of content.toString('latin1').split('\n')) {
    if (MARKERS[next % MARKERS.length]?.test(line) === true) next++;
  }
  return Math.floor(next / MARKERS.length);
}
