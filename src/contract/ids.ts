/**
 * Branded identifiers. Only the parsers here turn a string into one, so that the compiler tells a task's id from a
 * commit.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A run's id; also the last part of its branch and of its workflow id. */
export type RunId = Branded<'RunId'>;
/** A task's id, unique in its plan. */
export type TaskId = Branded<'TaskId'>;
/** A commit in the git store, as `SHA_DIGITS`. */
export type CommitSha = Branded<'CommitSha'>;
/** A tree in the git store, as `SHA_DIGITS`. */
export type TreeSha = Branded<'TreeSha'>;
/** A blocker's id, as a person types it in `leadwright answer`. */
export type BlockerId = Branded<'BlockerId'>;
/** A worker's id, a UUID. A process that was declared dead continues under a new one. */
export type WorkerId = Branded<'WorkerId'>;
/** The key of a shared rate limit: a hash of the endpoint and the model. */
export type LimitKey = Branded<'LimitKey'>;

/** What `--id` and a task's `id` must match. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const BLOCKER_PATTERN = /^[a-z0-9][a-z0-9._:-]{0,159}$/;
const UUID_PATTERN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The name of a git object, part of a regular expression: 40 digits in a repository with SHA-1 names, 64 with SHA-256. */
export const SHA_DIGITS = '[0-9a-f]{40}(?:[0-9a-f]{24})?';
export const SHA_PATTERN = new RegExp(`^${SHA_DIGITS}$`);
const HASH_PATTERN = /^[0-9a-f]{64}$/;

/** Creates a parser that throws a TypeError for other text. */
function createParser<T extends string>(what: string, is: (text: string) => text is T) {
  return (text: string): T => {
    if (!is(text)) throw new TypeError(`${JSON.stringify(text)} is not ${what}`);
    return text;
  };
}

/** Whether a text is the full name of a git object. */
export const isSha = (text: string): boolean => SHA_PATTERN.test(text);

/** These parsers throw a TypeError for invalid text. Check a person's input first, for a better message. */
export const runId = createParser('a run id', (text): text is RunId => ID_PATTERN.test(text));
export const taskId = createParser('a task id', (text): text is TaskId => ID_PATTERN.test(text));
export const commitSha = createParser('a commit', (text): text is CommitSha => isSha(text));
export const treeSha = createParser('a tree', (text): text is TreeSha => isSha(text));
export const blockerId = createParser('a blocker id', (text): text is BlockerId =>
  BLOCKER_PATTERN.test(text),
);
export const workerId = createParser('a worker id', (text): text is WorkerId => UUID_PATTERN.test(text));
export const limitKey = createParser('a rate limit key', (text): text is LimitKey => HASH_PATTERN.test(text));
