import { commitSha, treeSha, type CommitSha, type TreeSha } from '../../contract/ids.js';

/** git's modes other than that of a folder: file, executable file, symbolic link, submodule. */
export type FileMode = '100644' | '100755' | '120000' | '160000';
export type TreeMode = FileMode | '040000';

export interface RawTreeEntry {
  readonly mode: TreeMode;
  readonly name: Buffer;
  readonly sha: string;
}

const SHA_BYTES = 20;

/**
 * Parses the entries of a tree object, each stored as `<mode> <name>\0<20 bytes of sha>`.
 *
 * @throws TypeError when the object ends within an entry
 */
export function* treeEntries(tree: Buffer): Generator<RawTreeEntry> {
  let at = 0;
  while (at < tree.length) {
    const space = tree.indexOf(0x20, at);
    const nul = tree.indexOf(0, space);
    const end = nul + 1 + SHA_BYTES;
    if (space < 0 || nul < 0 || end > tree.length) throw new TypeError('a tree object ends within an entry');
    yield {
      mode: treeMode(tree.toString('latin1', at, space)),
      name: tree.subarray(space + 1, nul),
      sha: tree.toString('hex', nul + 1, end),
    };
    at = end;
  }
}

/** Normalises a mode to the form that current git writes. Old trees contain 100664 and modes with a leading zero. */
export function treeMode(octal: string): TreeMode {
  const mode = Number.parseInt(octal, 8);
  switch (mode & 0o170000) {
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
}

/** Parses the tree, the parents and the subject of a commit object. */
export function parseCommit(commit: Buffer): CommitHeader {
  const blank = commit.indexOf('\n\n');
  const end = blank < 0 ? commit.length : blank;
  const lines = commit.toString('latin1', 0, end).split('\n');
  const [subject = ''] = commit.toString('utf8', end + 2).split('\n', 1);
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return { tree: treeSha(values('tree')[0] ?? ''), parents: values('parent').map(commitSha), subject };
}
