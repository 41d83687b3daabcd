/** Replies to the model about a submission: the text of its tool result. Pure. */
import { RESULT_MARKERS } from '../../model/result-markers.js';
import { headAndTail } from '../../results/head-and-tail.js';
import { formatList } from '../../shared/words/format.js';
import { material } from '../../shared/words/material.js';

/** The tests of the submission failed: the summary and the relevant part of their output. */
export function redReply(
  command: string,
  { summary, output }: { readonly summary: string; readonly output: string },
  outputId: string,
): string {
  return `${RESULT_MARKERS.red} (${command}).\n\n${material(`${summary}\n\n${output}`)}\n\n${wholeOutput(outputId)}`;
}

/** Where the model finds an output that is shortened. */
export function wholeOutput(id: string): string {
  return `read_output with the id ${id} shows the whole output.`;
}

/** A file in which a submission conflicts with what landed. */
export interface ConflictingFile {
  readonly path: string;
  /** Both sides of its conflicts; null when it cannot be merged line by line. */
  readonly text: string | null;
  /** Then, why. */
  readonly note: string | null;
}

/** Characters of all conflicts in a result, and of those of one file: as much as a read tool shows. */
const CONFLICTS_CHARS = 20_000;
const MOST_CHARS_OF_FILE = 8_000;

/** Names in a list, and conflicts that are shown: more are only counted. */
export const NAMES_SHOWN = 20;

/** The submission cannot be merged with what landed meanwhile. */
export function conflictReply({
  files,
  kept,
  landed,
  overlap = 'lines',
}: {
  readonly files: readonly ConflictingFile[];
  /** The files of the draft with changes of the task. */
  readonly kept: readonly string[];
  /** The titles of the tasks that landed and touch the conflicting files. */
  readonly landed: readonly string[];
  /** What both sides touch: the same lines, or names that differ only in spelling. */
  readonly overlap?: 'lines' | 'names';
}): string {
  const names = quoteList(files.map(({ path }) => path));
  return [
    `${RESULT_MARKERS.conflict}: ${otherWork(landed)} ${OVERLAPS[overlap]} ${names}.`,
    [
      'Your draft is now the repository as it is, with',
      kept.length === 0
        ? 'none of your changes.'
        : `your changes to files without conflicts: ${quoteList(kept)}.`,
      'A file with a conflict has only what landed: make your change in it again, so that both work together, and submit.',
    ].join(' '),
    ...describeConflicts(files),
  ].join('\n\n');
}

const OVERLAPS = {
  lines: 'touches the same lines of',
  names: 'has names that differ only in spelling from those of',
} as const;

/** Characters of each file's conflicts that a reply about so many files shows. */
export function conflictChars(files: number): number {
  return Math.min(MOST_CHARS_OF_FILE, Math.floor(CONFLICTS_CHARS / files));
}

function describeConflicts(files: readonly ConflictingFile[]): string[] {
  const chars = conflictChars(files.length);
  return files.slice(0, NAMES_SHOWN).map(({ path, text, note }) => {
    const name = JSON.stringify(path);
    return text === null ? `${name}: ${note ?? ''}.` : `${name}:\n${material(headAndTail(text, chars))}`;
  });
}

/** The tests failed on the merge of the submission with what landed meanwhile. */
export function redMergeReply(
  command: string,
  { summary, output }: { readonly summary: string; readonly output: string },
  landed: readonly string[],
  outputId: string,
): string {
  return [
    `${RESULT_MARKERS.redMerge} its tests (${command}): ${otherWork(landed)} does not work with your changes.`,
    'Your draft is now the merged tree, which has both. Correct it and submit.',
    material(`${summary}\n\n${output}`),
    wholeOutput(outputId),
  ].join('\n\n');
}

function otherWork(titles: readonly string[]): string {
  return titles.length === 0
    ? 'other work landed meanwhile and'
    : `other work landed meanwhile (${quoteList(titles)}) and`;
}

/** Matches what `otherWork` says, with titles; a title is a JSON string. */
const OTHER_WORK = /other work landed meanwhile \((?:[^"()]|"(?:[^"\\]|\\.)*")*\) and/;

/** The reply to a conflict or a red merge without the titles of other tasks. Every other reply as it is. */
export function withoutTitles(reply: string): string {
  const isAboutOthers = [RESULT_MARKERS.conflict, RESULT_MARKERS.redMerge].some((marker) =>
    reply.startsWith(marker),
  );
  return isAboutOthers ? reply.replace(OTHER_WORK, otherWork([])) : reply;
}

function quoteList(names: readonly string[]): string {
  return formatList(
    names.map((name) => JSON.stringify(name)),
    NAMES_SHOWN,
  );
}

/** The submission breaks rules, and nothing of it was applied. `about` names each path and the reason. */
export function refusedReply(about: readonly string[]): string {
  const NOTHING =
    'Nothing of this submission was written. Correct it, or leave out what may not change, and submit again.';
  const [first = ''] = about;
  if (about.length === 1) return `${RESULT_MARKERS.refused} ${asSentence(first)} ${NOTHING}`;
  return `${RESULT_MARKERS.refused} ${NOTHING}\n\n${about.map(asSentence).join('\n')}`;
}

/** A change before the submission, in the same answer, was not made. */
export function incompleteReply(): string {
  return `${RESULT_MARKERS.refused} a change before it in the same answer was not made, as its result says, so nothing was tested. What was changed is in your draft. Make what is missing, or leave it out, and submit again.`;
}

/** Ends a sentence with a full stop, or with a line break when it ends in material. */
export function asSentence(text: string): string {
  return text.endsWith('>') ? `${text}\n` : `${text}.`;
}

/** The answer is not valid. `problem` says why, as one or more sentences. */
export function malformedReply(problem: string): string {
  return `${RESULT_MARKERS.malformed} ${problem}`;
}

/** The problem in a reply of `malformedReply`. */
export function problemOf(reply: string): string {
  return reply.slice(RESULT_MARKERS.malformed.length).trim();
}
