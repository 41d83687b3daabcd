/**
 * Branded identifiers. A string becomes one only through its parser here, so that a task's id is never
 * handed to something that wants a commit.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A run's id; also the last part of its branch and of its workflow id. */
export type RunId = Branded<'RunId'>;
/** A task's id, unique in its plan. */
export type TaskId = Branded<'TaskId'>;
/** A commit in the git store, 40 hexadecimal digits. */
export type CommitSha = Branded<'CommitSha'>;
/** A tree in the git store, 40 hexadecimal digits. */
export type TreeSha = Branded<'TreeSha'>;
/** A blocker's id, as a person types it in `leadwright answer`. */
export type BlockerId = Branded<'BlockerId'>;

/** What `--id` and a task's `id` must match (contract, section 1). */
export const ID_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const SHA_PATTERN = /^[0-9a-f]{40}$/;

const parser =
  <T extends string>(what: string, pattern: RegExp) =>
  (text: string): T => {
    if (!isBranded<T>(text, pattern)) throw new TypeError(`${JSON.stringify(text)} is not ${what}`);
    return text;
  };

function isBranded<T extends string>(text: string, pattern: RegExp): text is T {
  return pattern.test(text);
}

/** Throws a TypeError when `text` is not an id. Check what a person typed before, for a better message. */
export const runId = parser<RunId>('a run id', ID_PATTERN);
export const taskId = parser<TaskId>('a task id', ID_PATTERN);
export const commitSha = parser<CommitSha>('a commit', SHA_PATTERN);
export const treeSha = parser<TreeSha>('a tree', SHA_PATTERN);
export const blockerId = parser<BlockerId>('a blocker id', /^[a-z0-9][a-z0-9._:-]{0,159}$/);
