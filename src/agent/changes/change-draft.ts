/** Changes of a task's draft: a commit that only its agent sees. */
import { isDeepStrictEqual } from 'node:util';
import type { CommitSha } from '../../contract/ids.js';
import type { Change } from '../../git/store/commit-changes.js';
import type { GitStore } from '../../git/store/git-store.js';
import { count, formatList } from '../../shared/words/format.js';
import { checkChanges, findKnownBlobs, type ChangeContext } from './check-changes.js';
import { asSentence } from './result-texts.js';
import type { RefusedFile } from './resolve-changes.js';
import type { FileChange } from './submission.js';

/** What a call made of the draft. */
export interface DraftChange {
  readonly draft: CommitSha;
  /** The files that it wrote: the model may change them from now on. */
  readonly known: readonly string[];
  /** The contents that it left and that the model knows as a whole, by git's names. */
  readonly knownBlobs: readonly string[];
  /** The result for the model. */
  readonly text: string;
  /** Whether something was not changed. */
  readonly isError: boolean;
  /** The first file that was not changed; null when there is none. */
  readonly refused: RefusedFile | null;
}

/** Applies changes of the model to the draft, each file by itself. @param at when the answer with the changes arrived */
export async function changeDraft(
  context: ChangeContext,
  files: readonly FileChange[],
  at: Date,
): Promise<DraftChange> {
  const { accepted, refused } = await checkChanges(context, files);
  const draft = await commitDraft(
    context.store,
    context.draft,
    accepted.flatMap(({ changes }) => changes),
    at,
  );
  const changed = accepted.map(({ file }) => file);
  const same = await findUnchanged(context, draft, changed);
  const differs = changed.filter((file) => !same.includes(file));
  return {
    draft,
    known: changed.filter((file) => isKnownAfter(file, context.known)).map(({ path }) => path),
    knownBlobs: await findKnownBlobs(context, draft, changed),
    text: [
      ...(differs.length === 0 ? [] : [`Changed ${listPaths(differs)}.`]),
      ...(same.length === 0 ? [] : [`The same as before: ${listPaths(same)}.`]),
      ...describeRefused(refused),
    ].join('\n'),
    isError: refused.length > 0,
    refused: refused[0] ?? null,
  };
}

/** The files whose changes made no difference. A model that reads "changed" would not look again. */
async function findUnchanged(
  { store, draft: before }: ChangeContext,
  draft: CommitSha,
  changed: readonly FileChange[],
): Promise<readonly FileChange[]> {
  const same: FileChange[] = [];
  for (const file of changed) {
    if (file.action !== 'create' && file.action !== 'modify') continue;
    const [was, is] = [await store.lookUp(before, file.path), await store.lookUp(draft, file.path)];
    if (isDeepStrictEqual(was, is)) same.push(file);
  }
  return same;
}

/** A file that was only moved is known if it was known before. */
function isKnownAfter({ action, from, content }: FileChange, known: ReadonlySet<string>): boolean {
  switch (action) {
    case 'create':
    case 'modify':
      return true;
    case 'move':
      return content !== undefined || (from !== undefined && known.has(from));
    case 'delete':
      return false;
  }
}

/** The message of a draft. Nobody reads it: the work lands as a commit with a message of its own. */
export const DRAFT_MESSAGE = 'Draft\n';

/** Makes the next draft. The same changes at the same time make the same commit. */
export function commitDraft(
  store: GitStore,
  draft: CommitSha,
  changes: readonly Change[],
  at: Date,
): Promise<CommitSha> {
  return store.commitChanges({ parent: draft, changes, message: DRAFT_MESSAGE, at });
}

/** Paths in a result: the model knows what it sent, so a long list is only counted. */
const PATHS_SHOWN = 50;

function listPaths(files: readonly FileChange[]): string {
  return formatList(
    files.map(({ path, from }) => (from === undefined ? path : `${from} to ${path}`)),
    PATHS_SHOWN,
  );
}

/** Refused files that a result describes. Each may come with twenty lines of its file. */
const REFUSALS_SHOWN = 20;

/** The part of a result about refused files; empty when there are none. */
export function describeRefused(refused: readonly RefusedFile[]): string[] {
  const more = refused.length - REFUSALS_SHOWN;
  return [
    ...refused
      .slice(0, REFUSALS_SHOWN)
      .map(({ path, reason }) => asSentence(describeRefusal({ path, reason }))),
    ...(more > 0 ? [`${count(more, 'more file was', 'more files were')} not changed either.`] : []),
  ].map((line, index) => (index === 0 ? `Not changed:\n${line}` : line));
}

/** Names the path and the reason. */
export function describeRefusal({ path, reason }: RefusedFile): string {
  return `${JSON.stringify(path)}: ${reason}`;
}
