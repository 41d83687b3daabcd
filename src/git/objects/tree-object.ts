import { commitSha, treeSha, type CommitSha, type TreeSha } from '../../contract/ids.js';
import type { ObjectFormat } from './object-name.js';

/** git's modes other than that of a folder: file, executable file, symbolic link, submodule. */
export type FileMode = '100644' | '100755' | '120000' | '160000';
export type TreeMode = FileMode | '040000';

export interface RawTreeEntry {
  readonly mode: TreeMode;
  readonly name: Buffer;
  readonly sha: string;
}

/** An entry with the mode's number exactly as the object has it. */
export interface StoredEntry {
  readonly mode: number;
  readonly name: Buffer;
  readonly sha: string;
  /** The entry as `formatTree` writes it; only for an entry that was read from a tree and has today's mode. */
  readonly bytes?: Buffer;
}

/** A tree object's content. */
export interface ParsedTree {
  /** In the object's order. */
  readonly entries: readonly StoredEntry[];
  /** By `entryKey`. */
  readonly byKey: ReadonlyMap<string, StoredEntry>;
  /** Whether `formatTree` would write the same object: it is sorted, repeats no name and has today's modes. */
  readonly isUsual: boolean;
}

/** The mode of a folder. */
export const FOLDER = 0o040000;

/** Bytes of an object's name in a tree. */
const NAME_BYTES: Readonly<Record<ObjectFormat, number>> = { sha1: 20, sha256: 32 };

/** Today's modes by the text that git writes. Old trees also have others, and leading zeros. */
const USUAL_MODES: ReadonlyMap<string, number> = new Map(
  [0o100644, 0o100755, 0o120000, 0o160000, FOLDER].map((mode) => [mode.toString(8), mode]),
);

/** Parses the entries of a tree object. @throws TypeError when the object ends within an entry */
export function* treeEntries(tree: Buffer, format: ObjectFormat): Generator<RawTreeEntry> {
  for (const { mode, name, sha } of storedEntries(tree, format)) yield { mode: treeMode(mode), name, sha };
}

/**
 * Parses the entries of a tree object, each stored as `<mode> <name>\0<bytes of sha>`.
 *
 * @throws TypeError when the object ends within an entry
 */
function* storedEntries(tree: Buffer, format: ObjectFormat): Generator<StoredEntry> {
  let at = 0;
  while (at < tree.length) {
    const space = tree.indexOf(0x20, at);
    const nul = tree.indexOf(0, space);
    const end = nul + 1 + NAME_BYTES[format];
    if (space < 0 || nul < 0 || end > tree.length) throw new TypeError('a tree object ends within an entry');
    const text = tree.toString('latin1', at, space);
    const usual = USUAL_MODES.get(text);
    yield {
      mode: usual ?? Number.parseInt(text, 8),
      name: tree.subarray(space + 1, nul),
      sha: tree.toString('hex', nul + 1, end),
      ...(usual === undefined ? {} : { bytes: tree.subarray(at, end) }),
    };
    at = end;
  }
}

/** Parses a tree object. @throws TypeError when the object ends within an entry */
export function parseTree(tree: Buffer, format: ObjectFormat): ParsedTree {
  const entries = [...storedEntries(tree, format)];
  const byKey = new Map<string, StoredEntry>();
  let isUsual = true;
  let last = '';
  for (const entry of entries) {
    const key = entryKey(entry);
    isUsual &&= last < key && entry.bytes !== undefined;
    byKey.set(key, entry);
    last = key;
  }
  return { entries, byKey, isUsual };
}

/**
 * The name by which git sorts an entry: a folder's ends in a slash, so a file that became a folder has another key.
 * Latin-1 maps every byte of a name to one character.
 */
function entryKey({ mode, name }: StoredEntry): string {
  const text = name.toString('latin1');
  return isFolder(mode) ? `${text}/` : text;
}

/** Writes a tree object: its entries in git's order, in which a folder's name counts as ending in a slash. */
export function formatTree(entries: Iterable<StoredEntry>): Buffer {
  const keyed = [...entries].map((entry) => ({ key: entryKey(entry), entry }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return Buffer.concat(keyed.map(({ entry }) => entry.bytes ?? formatEntry(entry)));
}

function formatEntry({ mode, name, sha }: StoredEntry): Buffer {
  return Buffer.concat([Buffer.from(`${mode.toString(8)} `), name, NUL, Buffer.from(sha, 'hex')]);
}

const NUL = Buffer.alloc(1);

export function isFolder(mode: number): boolean {
  return (mode & FILE_TYPE) === FOLDER;
}

/** The bits of a mode that tell files, folders and links apart. */
const FILE_TYPE = 0o170000;

/** Normalises a mode to the form that current git writes. Old trees contain 100664 and modes with a leading zero. */
export function treeMode(mode: number): TreeMode {
  switch (mode & FILE_TYPE) {
    case 0o100000:
      return (mode & 0o100) === 0 ? '100644' : '100755';
    case 0o120000:
      return '120000';
    case 0o040000:
      return '040000';
    default:
      return '160000';
  }
}

export interface CommitHeader {
  readonly tree: TreeSha;
  readonly parents: readonly CommitSha[];
  /** The first line of the message. */
  readonly subject: string;
  /** The committer's date, since 1970; NaN when there is none. */
  readonly seconds: number;
}

/** Parses the tree, the parents, the date and the subject of a commit object. */
export function parseCommit(commit: Buffer): CommitHeader {
  const blank = commit.indexOf('\n\n');
  const end = blank < 0 ? commit.length : blank;
  const lines = commit.toString('latin1', 0, end).split('\n');
  const [subject = ''] = commit.toString('utf8', end + 2).split('\n', 1);
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    tree: treeSha(values('tree')[0] ?? ''),
    parents: values('parent').map(commitSha),
    subject,
    seconds: Number(/ (\d+) [+-]\d+$/.exec(values('committer')[0] ?? '')?.[1] ?? NaN),
  };
}
