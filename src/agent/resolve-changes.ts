/** Turns a submission into file contents, or refuses all of it. Nothing is written here. */
import { findRedactionMarkers, type Redactor } from '../redaction/redactor.js';
import { secretFileKind } from '../redaction/secret-files.js';
import { findClosestLines } from './closest-lines.js';
import { decodeText, encodeLike, tooLarge, withLineEndsOf, type TextFile } from './text-file.js';
import type { FileChange, Submission } from './submission.js';

export type ResolvedChange =
  { readonly path: string; readonly content: Buffer } | { readonly path: string; readonly delete: true };

export type Resolved =
  | { readonly ok: true; readonly changes: readonly ResolvedChange[] }
  | { readonly ok: false; readonly path: string; readonly reason: string };

/** The rules for a submission whose paths are valid (`refusedPath` in `src/git/store`). */
export interface ChangeRules {
  /** The present content; null when there is no file. */
  read(path: string): Promise<Buffer | null>;
  /** Why the task may not change the file (protection); null when it may. */
  refusal(path: string): Promise<string | null>;
  /** Whether the model knows the file: it was shown, or the task wrote it. */
  knows(path: string): boolean;
  /** Finds the secrets in a file; the model sees markers (`[redacted:…]`) in their place. */
  readonly redactor: Redactor;
}

/** Resolves all files of a submission or none: the first problem refuses it. */
export async function resolveChanges(submission: Submission, rules: ChangeRules): Promise<Resolved> {
  const changes: ResolvedChange[] = [];
  for (const file of submission.files) {
    const refused = (reason: string): Resolved => ({ ok: false, path: file.path, reason });
    const forbidden = await rules.refusal(file.path);
    if (forbidden !== null) return refused(forbidden);
    const resolved = await resolve(file, rules).catch(tooLarge);
    if (typeof resolved === 'string') return refused(resolved);
    changes.push(resolved);
  }
  return { ok: true, changes };
}

/** The change, or why it cannot be made. */
async function resolve(file: FileChange, rules: ChangeRules): Promise<ResolvedChange | string> {
  const present = await rules.read(file.path);
  if (file.action === 'delete') {
    return present === null ? 'there is no such file to delete' : { path: file.path, delete: true };
  }
  if (file.action === 'modify' && present === null) return 'there is no such file to modify; create it';
  if (file.content !== undefined) {
    if (file.action === 'create' && present !== null && !rules.knows(file.path)) {
      return 'it exists already; read it, then modify it';
    }
    return (
      refuseMarker(file.content, present) ?? { path: file.path, content: contentOver(present, file.content) }
    );
  }
  if (present === null) return 'edits need a file to edit; give content';
  const secret = secretFileKind(file.path, present);
  if (secret !== null) return `it looks like ${secret}, which is not shown and cannot be edited`;
  return applyEdits(file.path, present, file.edits ?? [], rules.redactor);
}

/** Refuses text with a redaction marker that the file does not hold: it would overwrite a secret. */
function refuseMarker(text: string, present: Buffer | null): string | null {
  const [marker] = findRedactionMarkers(text).filter((each) => present?.includes(each) !== true);
  if (marker === undefined) return null;
  return `${marker} stands for a secret that was not shown, and cannot be written; leave its line as it is by edits of other lines`;
}

/** New content with the line ends of the text that it replaces, and with its encoding if that has all characters. */
function contentOver(present: Buffer | null, content: string): Buffer {
  const file = present === null ? null : decodeText(present);
  if (file === null) return Buffer.from(content);
  const text = withLineEndsOf(file, content);
  return encodeLike(file, text) ?? Buffer.from(text);
}

/** Stands for each character of a secret during edits. No text that a model sends is taken to match it. */
const HIDDEN = '\uffff';

/**
 * Applies edits in order, each to the result of the one before; each `search` has to match exactly once. Secrets match
 * nothing: otherwise the model could guess a secret piece by piece from the results of edits.
 */
function applyEdits(
  path: string,
  present: Buffer,
  edits: readonly { readonly search: string; readonly replace: string }[],
  redactor: Redactor,
): ResolvedChange | string {
  // Bytes that are not text are kept as one character each.
  const file = decodeText(present) ?? asBytes(present);
  let { text } = file;
  let visible = hideSecrets(text, redactor);
  for (const [index, edit] of edits.entries()) {
    const refused = (reason: string) => `edit ${index + 1}: ${reason}`;
    const search = withLineEndsOf(file, edit.search);
    const at = search.includes(HIDDEN) ? -1 : visible.indexOf(search);
    if (at === -1) return refused(notFound(edit.search, visible, redactor.redact(text)));
    if (visible.includes(search, at + 1)) return refused('its search text is in the file more than once');
    const refusal = refuseMarker(edit.replace, present);
    if (refusal !== null) return refused(refusal);
    const replace = withLineEndsOf(file, edit.replace);
    const applyEdit = (before: string) => before.slice(0, at) + replace + before.slice(at + search.length);
    text = applyEdit(text);
    visible = applyEdit(visible);
  }
  const content = encodeLike(file, text);
  return content === null
    ? 'it is a Latin-1 file, which cannot hold all characters of the edits; use others, or give its whole content'
    : { path, content };
}

function asBytes(bytes: Buffer): TextFile {
  return { text: bytes.toString('latin1'), encoding: 'latin1', crlf: false };
}

function hideSecrets(text: string, redactor: Redactor): string {
  let visible = '';
  for (const { start, end } of redactor.find(text)) {
    visible += text.slice(visible.length, start) + HIDDEN.repeat(end - start);
  }
  return visible + text.slice(visible.length);
}

/** Lines of a file that an error shows: enough to see what differs, beside which the file can be read. */
const LINES_SHOWN = 20;

function notFound(search: string, visible: string, redacted: string): string {
  const markers = findRedactionMarkers(search);
  if (markers.length > 0) {
    return `its search text holds ${markers.join(', ')}, which stands for a secret that was not shown; choose text beside it`;
  }
  const closest = findClosestLines(visible, search);
  if (closest === null) return 'its search text is not in the file';
  const { first, count, by } = closest;
  const last = first + Math.min(count, LINES_SHOWN) - 1;
  // Redacted text has the same lines as the text itself.
  const lines = redacted.split('\n').slice(first - 1, last);
  const why = by === 'white-space' ? 'differ in white space only' : 'come closest';
  const where = first === last ? `line ${first}` : `lines ${first} to ${last}`;
  return `its search text is not in the file. These lines ${why} (${where}):\n${lines.join('\n')}`;
}
