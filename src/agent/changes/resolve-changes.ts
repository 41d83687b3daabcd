/** Turns file changes of the model into file contents. Nothing is written here. */
import { MAX_FILE_BYTES } from '../../git/process/git-limits.js';
import type { Change } from '../../git/store/commit-changes.js';
import { findRedactionMarkers, type Redactor } from '../../redaction/redactor.js';
import { secretFileKind } from '../../redaction/secret-files.js';
import { refuseConflictMarkers } from './conflict-markers.js';
import { describeMissing, describeSeveral, HIDDEN, HIDDEN_RUN } from './edit-problems.js';
import { refuseLostCharacters } from './lost-characters.js';
import {
  asBytes,
  beyondAscii,
  decodeText,
  encodeLike,
  endsWithCrlf,
  findPlace,
  tooLarge,
  withLineEndsOf,
  withMarkOf,
  type Place,
  type TextFile,
} from './text-file.js';
import { pathsOf, type FileChange } from './submission.js';

/** A file change with what has to be written for it. */
export interface ResolvedFile {
  readonly file: FileChange;
  readonly changes: readonly Change[];
}

/** A file change that cannot be made. */
export interface RefusedFile {
  readonly path: string;
  /** For the model: a sentence without its full stop, or such a sentence and lines of the file. */
  readonly reason: string;
}

/** The rules for changes whose paths are valid (`findPathFaults` in `src/git/store`). */
export interface ChangeRules {
  /** The present content; null when there is no file. */
  read(path: string): Promise<Buffer | null>;
  isExecutable(path: string): Promise<boolean>;
  /** Why the task may not change the file (protection); null when it may. */
  readonly refusal: (path: string) => Promise<string | null>;
  /** Whether the model knows the file: it was shown, or the task wrote it. */
  knows(path: string): boolean;
  /** Whether the model knows the whole present content of the file: its conversation showed it, or wrote it. */
  knowsWhole(path: string): Promise<boolean>;
  /** Finds the secrets in a file; the model sees markers (`[redacted:…]`) in their place. */
  readonly redactor: Redactor;
}

/**
 * Bytes of all files that one call edits. Secrets are looked for in the whole of each, which takes a second for six
 * megabytes.
 */
const EDITED_BYTES = 32 * 1024 * 1024;

/** Bytes of all files that one call moves, or of which it changes only the mode: they are in memory together. */
const CARRIED_BYTES = MAX_FILE_BYTES;

/** Characters that the edits of one file may search: each edit looks through the whole file. */
const SEARCHED_CHARS = 1_000_000_000;

/** Resolves each change by itself, and reports those that cannot be made. */
export async function resolveChanges(
  files: readonly FileChange[],
  rules: ChangeRules,
): Promise<{ readonly resolved: readonly ResolvedFile[]; readonly refused: readonly RefusedFile[] }> {
  const resolved: ResolvedFile[] = [];
  const refused: RefusedFile[] = [];
  const left = { edit: EDITED_BYTES, carry: CARRIED_BYTES };
  const readWithin = (use: keyof typeof left) => async (path: string) => {
    const present = await rules.read(path);
    const bytes = present?.length ?? 0;
    if (bytes > left[use]) {
      throw new RangeError('it is too large to change in this call, alone or with the files before it');
    }
    left[use] -= bytes;
    return present;
  };
  for (const file of files) {
    const use = useOf(file);
    const changes = await resolveFile(file, use === null ? rules : { ...rules, read: readWithin(use) });
    if (typeof changes === 'string') refused.push({ path: file.path, reason: changes });
    else resolved.push({ file, changes });
  }
  return { resolved, refused };
}

/** What becomes of a file's present content; null when it is replaced or deleted. */
function useOf({ action, content, edits }: FileChange): 'edit' | 'carry' | null {
  if (edits !== undefined) return 'edit';
  return content !== undefined || action === 'delete' ? null : 'carry';
}

/** What has to be written, or why the change cannot be made. */
async function resolveFile(file: FileChange, rules: ChangeRules): Promise<readonly Change[] | string> {
  for (const path of pathsOf(file)) {
    const forbidden = await rules.refusal(path);
    if (forbidden !== null) return path === file.path ? forbidden : `${path}: ${forbidden}`;
  }
  return resolve(file, rules).catch(tooLarge);
}

async function resolve(file: FileChange, rules: ChangeRules): Promise<readonly Change[] | string> {
  const { path, action } = file;
  const present = await rules.read(path);
  switch (action) {
    case 'delete':
      return present === null ? 'there is no such file to delete' : [{ path, delete: true }];
    case 'create':
      if (present === null && file.content === undefined) return 'edits need a file to edit; give content';
      if (present !== null && file.content !== undefined && !rules.knows(path)) {
        return 'it exists already; read it, then modify it';
      }
      return asChange(file, await newContent(file, path, present, rules));
    case 'modify':
      if (present === null)
        return 'there is no such file to modify; list_files shows where it is, or create it';
      return asChange(file, await newContent(file, path, present, rules));
    case 'move':
      return present === null
        ? resolveMove(file, file.from ?? path, rules)
        : 'it exists already; delete it first';
  }
}

/** A move writes the file at its new path, with its mode, and deletes it at the old one. */
async function resolveMove(
  file: FileChange,
  from: string,
  rules: ChangeRules,
): Promise<readonly Change[] | string> {
  const present = await rules.read(from);
  if (present === null) return `there is no such file to move: ${from}`;
  const secret = secretFileKind(from, present);
  // Under another name, it would be shown.
  if (secret !== null) return `${from} looks like ${secret}, which cannot be moved`;
  const content =
    file.content === undefined && file.edits === undefined
      ? present
      : await newContent(file, from, present, rules);
  if (typeof content === 'string') return `${from}: ${content}`;
  const executable = file.executable ?? (await rules.isExecutable(from));
  return [
    { path: file.path, content, executable },
    { path: from, delete: true },
  ];
}

function asChange({ path, executable }: FileChange, content: Buffer | string): readonly Change[] | string {
  if (typeof content === 'string') return content;
  return [{ path, content, ...(executable === undefined ? {} : { executable }) }];
}

/**
 * The new content of a file, or why it cannot be written.
 * @param at where the present content is
 */
async function newContent(
  file: FileChange,
  at: string,
  present: Buffer | null,
  rules: ChangeRules,
): Promise<Buffer | string> {
  const content = contentAsAsked(file, at, present, rules);
  if (typeof content === 'string') return content;
  // Whole content takes back what it does not repeat, such as the work of a task that landed meanwhile.
  const isBlind =
    file.content !== undefined && present?.equals(content) === false && !(await rules.knowsWhole(at));
  if (isBlind) return NOT_WHOLE;
  return refuseConflictMarkers(present, content) ?? refuseLostCharacters(present, content) ?? content;
}

/** Why a file cannot be replaced, for the model. */
const NOT_WHOLE =
  'it has changed since it was shown to you, or you saw only a part of it in this conversation, so its whole content cannot be replaced; read all of it as it is now, in parts if it is long, or use edits';

function contentAsAsked(
  { action, content, edits }: FileChange,
  at: string,
  present: Buffer | null,
  rules: ChangeRules,
): Buffer | string {
  if (content !== undefined && action === 'create') {
    return refuseMarker(content, present) ?? contentOver(present, content);
  }
  if (present === null) return 'edits need a file to edit; give content';
  const secret = secretFileKind(at, present);
  if (secret !== null) return `it looks like ${secret}, which is not shown and cannot be edited`;
  if (!rules.knows(at)) return 'this task was not shown it; read it first';
  if (content === undefined && edits === undefined) return present;
  if (content !== undefined) return refuseMarker(content, present) ?? contentOver(present, content);
  return applyEdits(present, edits ?? [], rules.redactor);
}

/** Refuses text with a redaction marker that the file does not hold: it would overwrite a secret. */
function refuseMarker(text: string, present: Buffer | null): string | null {
  const [marker] = findRedactionMarkers(text).filter((each) => present?.includes(each) !== true);
  if (marker === undefined) return null;
  return `${marker} stands for a secret that was not shown, and cannot be written; leave its line as it is by edits of other lines`;
}

/** The way to replace a file whose encoding would not survive, for the model. */
const ANEW = 'to replace it by new UTF-8 text, delete it in a call before';

/** Why more than ASCII cannot be written, for the model. */
const ONLY_ASCII = 'it is neither UTF-8 nor Latin-1 throughout, so only ASCII can be written into it';

/**
 * New content with the line ends and the byte order mark of the text that it replaces, and with its encoding if that has
 * all characters; or why it cannot replace that.
 */
function contentOver(present: Buffer | null, content: string): Buffer | string {
  if (present === null) return Buffer.from(content);
  const file = decodeText(present);
  if (file === null) return `it is not text, or UTF-16; ${ANEW}`;
  if (file.encoding === 'bytes' && beyondAscii(content) !== '') return `${ONLY_ASCII}; ${ANEW}`;
  const text = withMarkOf(file, withLineEndsOf(file, content));
  return encodeLike(file, text) ?? Buffer.from(text);
}

type Edit = NonNullable<FileChange['edits']>[number];

/** Edits of one file that a result describes. Each may come with twenty lines of the file. */
const PROBLEMS_SHOWN = 5;

/**
 * Applies edits in order, each to the result of the one before; each `search` has to match exactly once. Secrets match
 * nothing: otherwise the model could guess a secret piece by piece from the results of edits.
 * @returns the new content, or what is wrong with each edit that cannot be made
 */
function applyEdits(present: Buffer, edits: readonly Edit[], redactor: Redactor): Buffer | string {
  if (present.length * edits.length > SEARCHED_CHARS)
    return 'it is too large for so many edits; send fewer at once';
  // Bytes that are not text are kept as one character each.
  const file = decodeText(present) ?? asBytes(present);
  let { text } = file;
  let visible = hideSecrets(text, redactor);
  const isHiding = visible !== text;
  const failed: Edit[] = [];
  const problems: string[] = [];
  for (const [index, edit] of edits.entries()) {
    // Conversion of the search text is much faster than of a whole file.
    const search = withLineEndsOf(file, edit.search);
    const place = search.includes(HIDDEN) ? 'none' : findPlace(visible, search);
    // It may be text of an edit that could not be made.
    if (place === 'none' && failed.some(({ replace }) => replace.includes(edit.search))) continue;
    const problem = problemOf(edit, place);
    if (problem !== null || typeof place === 'string') {
      failed.push(edit);
      problems.push(`edit ${index + 1}: ${problem ?? ''}`);
      if (problems.length === PROBLEMS_SHOWN) break;
      continue;
    }
    const { at, end } = place;
    // Who names line ends decides on them.
    const crlf = !edit.search.includes('\r') && endsWithCrlf(text, at);
    const replace = withLineEndsOf({ crlf: file.crlf || crlf }, edit.replace);
    const applyEdit = (before: string) => before.slice(0, at) + replace + before.slice(end);
    text = applyEdit(text);
    visible = applyEdit(visible);
  }
  if (problems.length > 0) return joinSentences(problems);
  if (isHiding && unveilsSecret(text, visible, redactor)) {
    return 'the edits would make a secret readable, because they change the text beside it by which it is recognised; leave that as it is';
  }
  return (
    encodeLike(file, text) ??
    'it is a Latin-1 file, which cannot hold all characters of the edits; use others, or give its whole content'
  );

  function problemOf(edit: Edit, place: Place | 'none' | 'several'): string | null {
    if (typeof place !== 'string') return refuseMarker(edit.replace, present) ?? refuseBytes(file, edit);
    const seen = { visible, isEdited: text !== file.text };
    return place === 'none' ? describeMissing(edit, seen) : describeSeveral(edit, seen);
  }
}

/** One problem a line. The last one has no full stop, nor has one that ends in material. */
function joinSentences(problems: readonly string[]): string {
  const last = problems.length - 1;
  return problems.map((each, at) => (at < last && !each.endsWith('>') ? `${each}.` : each)).join('\n');
}

/** Whether a secret of the text before the edits would not be redacted in the text after them. */
function unveilsSecret(text: string, visible: string, redactor: Redactor): boolean {
  const regions = redactor.find(text);
  return [...visible.matchAll(HIDDEN_RUN)].some(({ 0: { length }, index }) =>
    regions.every(({ start, end }) => index < start || index + length > end),
  );
}

/** Refuses characters whose bytes in the file are unknown. Those that the edit found there stay as they are. */
function refuseBytes({ encoding }: Pick<TextFile, 'encoding'>, { search, replace }: Edit): string | null {
  const added = encoding === 'bytes' ? beyondAscii(replace) : '';
  return added === '' || added === beyondAscii(search) ? null : ONLY_ASCII;
}

function hideSecrets(text: string, redactor: Redactor): string {
  let visible = '';
  for (const { start, end } of redactor.find(text)) {
    visible += text.slice(visible.length, start) + text.slice(start, end).replaceAll(/[^\r\n]/g, HIDDEN);
  }
  return visible + text.slice(visible.length);
}
