/** Applies all rules to file changes of the model: paths, protection, what it knows, secrets. Nothing is written here. */
import type { CommitSha } from '../../contract/ids.js';
import type { TaskRecord } from '../../db/task-record.js';
import { formatOf, nameBlob } from '../../git/objects/object-name.js';
import { pathChange, type Change } from '../../git/store/commit-changes.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { PathChange } from '../../git/store/refused-path.js';
import { protectionOf } from '../../protection/protected-files.js';
import { secretKindByPath } from '../../redaction/secret-files.js';
import type { Redactor } from '../../redaction/redactor.js';
import { PromiseCache } from '../../shared/async/promise-cache.js';
import { refuseConflictMarkers } from './conflict-markers.js';
import { findProtectionBreaches, rulesOf } from './protected-changes.js';
import { resolveChanges, type ChangeRules, type RefusedFile, type ResolvedFile } from './resolve-changes.js';
import { shapeProblem, type FileChange } from './submission.js';
import { tooLarge } from './text-file.js';
import { knowsContent } from './known-contents.js';

/** What changes are judged against. */
export interface ChangeContext {
  readonly store: GitStore;
  readonly task: TaskRecord;
  /** The task's starting tip. */
  readonly start: CommitSha;
  /** The commit that the changes apply to. */
  readonly draft: CommitSha;
  /** The files that the model knows: its turns showed them, or the task's attempts and calls wrote them. */
  readonly known: ReadonlySet<string>;
  /** The contents that the model knows from its conversation, by git's names: the whole of them, or lines. */
  readonly knownBlobs: ReadonlySet<string>;
  readonly redactor: Redactor;
}

/** The changes that can be made together, and those that cannot. */
export interface CheckedChanges {
  readonly accepted: readonly ResolvedFile[];
  readonly refused: readonly RefusedFile[];
}

/** Checks changes of the model. Each stands alone, as far as it can: a change that needs a refused one is refused too. */
export async function checkChanges(
  context: ChangeContext,
  files: readonly FileChange[],
): Promise<CheckedChanges> {
  const formed = refuseIllFormed(files);
  const spelled = await refuseFaultyPaths(context, formed.accepted, pathChangesOf);
  const { resolved, refused } = await resolveChanges(spelled.accepted, await changeRules(context));
  const checked = await checkTogether(context, resolved);
  return {
    accepted: checked.accepted,
    refused: inOrder(files, [...formed.refused, ...spelled.refused, ...refused, ...checked.refused]),
  };
}

/** Checks files that a command wrote, by the rules for files of the model. */
export async function checkWrittenFiles(
  context: ChangeContext,
  written: readonly (Change & { readonly content: Buffer })[],
): Promise<CheckedChanges> {
  const rules = await changeRules(context);
  const files: ResolvedFile[] = [];
  const refused: RefusedFile[] = [];
  for (const change of written) {
    const { path } = change;
    const present = await rules.read(path).catch(tooLarge);
    const reason =
      (await rules.refusal(path)) ??
      (await refuseCopiedSecret(context, change)) ??
      refuseConflictMarkers(typeof present === 'string' ? null : present, change.content);
    if (reason === null) files.push({ file: { path, action: 'create' }, changes: [change] });
    else refused.push({ path, reason });
  }
  const checked = await checkTogether(context, files);
  return { accepted: checked.accepted, refused: [...refused, ...checked.refused] };
}

/** The paths of secret files, by git's names of their contents. */
type SecretContents = ReadonlyMap<string, string>;

/** Those of commits, enough for the tasks that a worker serves at once. */
const secretContents = new PromiseCache<SecretContents>(64);

/** A shorter content, such as `{}`, holds no secret, and many files have it. */
const LEAST_SECRET_BYTES = 8;

async function readSecretContents({
  store,
  start,
}: Pick<ChangeContext, 'store' | 'start'>): Promise<SecretContents> {
  const files = (await store.listTree(start)).filter(({ size }) => (size ?? 0) >= LEAST_SECRET_BYTES);
  const shown = new Set(files.filter(({ path }) => secretKindByPath(path) === null).map(({ sha }) => sha));
  const hidden = files.filter(({ path, sha }) => secretKindByPath(path) !== null && !shown.has(sha));
  return new Map(hidden.map(({ path, sha }) => [sha, path]));
}

/** Refuses a copy of a secret file at a path where it would be shown. */
async function refuseCopiedSecret(
  context: Pick<ChangeContext, 'store' | 'start'>,
  { path, content }: { readonly path: string; readonly content: Buffer },
): Promise<string | null> {
  if (secretKindByPath(path) !== null) return null;
  const secrets = await secretContents.get(context.start, () => readSecretContents(context));
  const secret = secrets.get((await nameBlob(content, formatOf(context.start))).sha);
  return secret === undefined ? null : `it is a copy of ${secret}, which is not shown and cannot be copied`;
}

async function changeRules(context: ChangeContext): Promise<ChangeRules> {
  const { store, task, start, draft, known, knownBlobs, redactor } = context;
  const protection = protectionOf(await rulesOf(store, task.run, task));
  return {
    read: (path) => store.readFile(draft, path),
    isExecutable: async (path) => {
      const found = await store.lookUp(draft, path);
      return found.kind === 'file' && found.executable;
    },
    knows: (path) => known.has(path),
    knowsWhole: async (path) => {
      const blob = await blobAt(store, draft, path);
      return blob !== null && knowsContent(knownBlobs, blob);
    },
    refusal: async (path) => {
      // A file that is new since the start belongs to no one else, so protection does not apply.
      const isNew = (await store.lookUp(start, path)).kind === 'missing';
      return isNew ? null : protection(path);
    },
    redactor,
  };
}

/** Git's name of a file's content; null when there is no file. */
async function blobAt(store: GitStore, commit: CommitSha, path: string): Promise<string | null> {
  const found = await store.lookUp(commit, path);
  return found.kind === 'file' ? found.sha : null;
}

/**
 * The contents of a commit that the model knows as a whole, by git's names, because it gave them or because it knew what
 * they were made from. What others wrote in a file of which it saw a part stays unknown, whatever it changes there.
 * @param changed the changes that made the commit of the draft
 */
export async function findKnownBlobs(
  { store, draft, knownBlobs }: Pick<ChangeContext, 'store' | 'draft' | 'knownBlobs'>,
  commit: CommitSha,
  changed: readonly FileChange[],
): Promise<string[]> {
  const found: string[] = [];
  for (const { path, from, content } of changed) {
    const blob = await blobAt(store, commit, path);
    if (blob === null || knowsContent(knownBlobs, blob)) continue;
    const before = content === undefined ? await blobAt(store, draft, from ?? path) : null;
    if (before === null || knowsContent(knownBlobs, before)) found.push(blob);
  }
  return found;
}

/**
 * Rounds of refusals after which the rest is refused as well: each costs a comparison with the whole tree, and finds all
 * changes that break one rule.
 */
const MOST_ROUNDS = 10;

/** Checks the changes as one commit. As long as one is refused, the others are checked again without it. */
async function checkTogether(
  context: ChangeContext,
  files: readonly ResolvedFile[],
): Promise<CheckedChanges> {
  const { store, task, start, draft } = context;
  const refused: RefusedFile[] = [];
  let accepted = files;
  for (let rounds = 0; accepted.length > 0;) {
    const possible = await refuseFaultyPaths(context, accepted, ({ changes }) => changes.map(pathChange));
    refused.push(...possible.refused);
    accepted = possible.accepted;
    if (possible.refused.length > 0) continue;
    const changes = accepted.flatMap((each) => each.changes);
    const breaches = await findProtectionBreaches(store, { task, start, base: draft, changes });
    const [first] = breaches;
    if (first === undefined) break;
    const reasons = new Map(breaches.toReversed().map(({ path, reason }) => [path, reason]));
    const reasonOf = ({ changes: own }: ResolvedFile) =>
      own.map(({ path }) => reasons.get(path)).find((reason) => reason !== undefined);
    const about = new Set(accepted.filter((file) => reasonOf(file) !== undefined));
    // A breach without a change of its own is about a file of an earlier change, and then about all of these.
    const dropped = about.size === 0 || (rounds += 1) > MOST_ROUNDS ? new Set(accepted) : about;
    for (const each of dropped) {
      refused.push({ path: each.file.path, reason: reasonOf(each) ?? first.reason });
    }
    accepted = accepted.filter((each) => !dropped.has(each));
  }
  return { accepted, refused };
}

function pathChangesOf({ path, action, from }: FileChange): PathChange[] {
  return [
    ...(from === undefined ? [] : [{ path: from, action: 'delete' as const }]),
    { path, action: action === 'delete' ? 'delete' : 'write' },
  ];
}

/** Refuses changes such as a creation without content. A submission has none: its schema refuses all of it. */
function refuseIllFormed(files: readonly FileChange[]): {
  readonly accepted: readonly FileChange[];
  readonly refused: readonly RefusedFile[];
} {
  const accepted: FileChange[] = [];
  const refused: RefusedFile[] = [];
  for (const file of files) {
    const reason = shapeProblem(file);
    if (reason === null) accepted.push(file);
    else refused.push({ path: file.path, reason });
  }
  return { accepted, refused };
}

/** Refuses changes whose paths are not allowed beside each other. */
async function refuseFaultyPaths<Item extends FileChange | ResolvedFile>(
  { store, draft }: ChangeContext,
  items: readonly Item[],
  pathChanges: (item: Item) => readonly PathChange[],
): Promise<{ readonly accepted: readonly Item[]; readonly refused: readonly RefusedFile[] }> {
  const lists = items.map(pathChanges);
  const faults = await store.findPathFaults(draft, lists.flat());
  const accepted: Item[] = [];
  const refused: RefusedFile[] = [];
  let at = 0;
  for (const [index, item] of items.entries()) {
    const own = lists[index] ?? [];
    const { path } = 'file' in item ? item.file : item;
    const problems = own.flatMap((change, offset) => {
      const fault = faults[at + offset] ?? null;
      return fault === null ? [] : [change.path === path ? fault : `${JSON.stringify(change.path)} ${fault}`];
    });
    at += own.length;
    const [reason] = problems;
    if (reason === undefined) accepted.push(item);
    else refused.push({ path, reason });
  }
  return { accepted, refused };
}

/** Puts refusals into the order of the files. */
function inOrder(files: readonly FileChange[], refused: readonly RefusedFile[]): readonly RefusedFile[] {
  const order = new Map(files.map(({ path }, index) => [path, index]));
  return refused.toSorted((a, b) => (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0));
}
