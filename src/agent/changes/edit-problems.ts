/** Why an edit of a file cannot be made, for the model: what is there instead, and what to do. Pure. */
import { findRedactionMarkers } from '../../redaction/redactor.js';
import { headAndTail } from '../../results/head-and-tail.js';
import { count, formatList } from '../../shared/words/format.js';
import { material } from '../../shared/words/material.js';
import { findClosestLines, type ClosestLines } from './closest-lines.js';
import type { FileChange } from './submission.js';
import { withLineFeeds } from './text-file.js';

/** Stands for each character of a secret during edits. No text that a model sends is taken to match it. */
export const HIDDEN = '\uffff';
export const HIDDEN_RUN = new RegExp(`${HIDDEN}+`, 'g');
/** What the model sees of it. */
const MARKER = '[redacted:secret:000]';

type Edit = NonNullable<FileChange['edits']>[number];

/** The text that an edit was to change. */
interface Edited {
  /** With HIDDEN in place of secrets. */
  readonly visible: string;
  /** Whether earlier edits of the call have changed it. */
  readonly isEdited: boolean;
}

const NOT_THERE = 'its search text is not in the file';

/** Lines of a file that an error shows: enough to see what differs, beside which the file can be read. */
const LINES_SHOWN = 20;
/** Characters of each of them: minified files have lines of megabytes. */
const LINE_CHARS = 500;
/** Line numbers that an error lists. */
const NUMBERS_SHOWN = 10;

/** The search text is in the file more than once. */
export function describeSeveral({ search }: Edit, edited: Edited): string {
  const { places, where } = findPlaces(edited, search);
  return `its search text is in the file more than once: ${count(places, 'time')} (${where}); add the lines around the place that you mean`;
}

/** The search text is not in the file. */
export function describeMissing(edit: Edit, edited: Edited): string {
  const markers = findRedactionMarkers(edit.search);
  if (markers.length > 0) {
    return `its search text holds ${markers.join(', ')}, which stands for a secret that was not shown; choose text beside it`;
  }
  return (
    missingLineEnds(edit, edited) ??
    missingNumbers(edit, edited) ??
    missingAtEnd(edit, edited) ??
    missingAsDone(edit, edited) ??
    describeClosest(edit, edited)
  );
}

function missingLineEnds({ search }: Edit, { visible }: Edited): string | null {
  const differs = search.includes('\r') && withLineFeeds(visible).includes(withLineFeeds(search));
  return differs
    ? `${NOT_THERE}: its line ends differ (CRLF or LF); give it without carriage returns, which fits either`
    : null;
}

/** A line as `read_file` shows it, or nothing. */
const NUMBERED = /^(?: *\d+\t.*| *)$/;

function missingNumbers({ search }: Edit, { visible }: Edited): string | null {
  const lines = withLineFeeds(search).split('\n');
  if (!lines.every((line) => NUMBERED.test(line))) return null;
  const plain = lines.map((line) => line.replace(/^ *\d+\t/, '')).join('\n');
  return plain.trim() !== '' && withLineFeeds(visible).includes(plain)
    ? `${NOT_THERE}: its lines begin with their numbers, which are not part of the file; leave number and tab out, also in replace`
    : null;
}

function missingAtEnd({ search }: Edit, { visible }: Edited): string | null {
  const wanted = withLineFeeds(search);
  const bare = wanted.replace(/\n+$/, '');
  return bare.trim() !== '' && bare !== wanted && withLineFeeds(visible).trimEnd().endsWith(bare.trimEnd())
    ? `${NOT_THERE}: the file ends with fewer line breaks after it; leave those at its end out`
    : null;
}

/** Characters of a replacement, white space aside, that are hardly in a file by chance. */
const TELLING_CHARS = 12;

function missingAsDone({ replace }: Edit, edited: Edited): string | null {
  if (replace.includes(HIDDEN) || replace.replaceAll(/\s/g, '').length < TELLING_CHARS) return null;
  const { places, where } = findPlaces(edited, replace);
  return places === 0 ? null : `${NOT_THERE}, but what replaces it is (${where}): it may be done already`;
}

function describeClosest({ search }: Edit, edited: Edited): string {
  const { visible } = edited;
  const closest = findClosestLines(visible, search);
  if (closest === null) return `${NOT_THERE}, nor anything like it; read the file as it is now`;
  const { first, count: most, by } = closest;
  const last = first + Math.min(most, LINES_SHOWN) - 1;
  const there = visible.split('\n').slice(first - 1, last);
  const where = first === last ? `line ${first}` : `lines ${first} to ${last}`;
  const odd = by === 'similarity' ? '' : describeOdd(there.join('\n'), search);
  // What the earlier edits made of the text beside a secret may no longer show that it is one.
  const lines = there.map((line) => headAndTail(line.replaceAll(HIDDEN_RUN, MARKER), LINE_CHARS));
  return `${NOT_THERE}. These lines ${DIFFER[by]} (${where}${afterEdits(edited)}${odd}):\n${material(lines.join('\n'))}`;
}

const DIFFER: Record<ClosestLines['by'], string> = {
  'white-space': 'differ in white space only',
  'look-alikes': 'differ in characters that look alike only',
  similarity: 'come closest',
};

/** The characters beyond ASCII that only one of two texts has: a reader can hardly tell them from others. */
function describeOdd(there: string, search: string): string {
  const onlyThere = oddIn(there, search);
  const onlyHere = oddIn(search, there);
  return [
    ...(onlyThere.length === 0 ? [] : [`; the file has ${formatList(onlyThere, NUMBERS_SHOWN)}`]),
    ...(onlyHere.length === 0 ? [] : [`; your text has ${formatList(onlyHere, NUMBERS_SHOWN)}`]),
  ].join('');
}

function oddIn(text: string, other: string): string[] {
  const odd = new Set(
    Array.from(text).filter((each) => /[^\x00-\x7f\uffff]/.test(each) && !other.includes(each)),
  );
  return [...odd].map(
    (each) => `U+${(each.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

function afterEdits({ isEdited }: Edited): string {
  return isEdited ? ' after the edits before it' : '';
}

/** How often a text is in the file, and in which lines. */
function findPlaces(edited: Edited, wanted: string): { readonly places: number; readonly where: string } {
  const text = withLineFeeds(edited.visible);
  const plain = withLineFeeds(wanted);
  const lines = new Set<number>();
  let places = 0;
  let line = 1;
  let from = 0;
  for (let at = text.indexOf(plain); at !== -1; at = text.indexOf(plain, at + 1)) {
    places += 1;
    if (lines.size > NUMBERS_SHOWN) continue;
    line += text.slice(from, at).split('\n').length - 1;
    from = at;
    lines.add(line);
  }
  const numbers = [...lines].slice(0, NUMBERS_SHOWN).map(String);
  const all = lines.size > NUMBERS_SHOWN ? `${numbers.join(', ')}, …` : numbers.join(', ');
  return { places, where: `${lines.size === 1 ? 'line' : 'lines'} ${all}${afterEdits(edited)}` };
}
