import type { CommitSha, TreeSha } from '../../contract/ids.js';
import { AUTHOR } from '../process/git-environment.js';
import { formatOf, objectName, type NamedObject } from './object-name.js';

export interface TreeCommit {
  readonly tree: TreeSha;
  readonly parents: readonly CommitSha[];
  readonly message: string;
  /** Author's and committer's date, to the second. */
  readonly at: Date;
}

/** A commit object, byte for byte as git writes it. The same input gives the same name. */
export function formatCommit({ tree, parents, message, at }: TreeCommit): NamedObject {
  if (message.includes('\0')) throw new TypeError('git allows no NUL character in a commit message');
  const who = signature(at);
  const lines = [
    `tree ${tree}`,
    ...[...new Set(parents)].map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
  ];
  const content = Buffer.from(`${lines.join('\n')}\n\n${message}`, 'utf8');
  return { type: 'commit', content, sha: objectName('commit', content, formatOf(tree)) };
}

/** The author of every commit, with a date as git stores it: whole seconds since 1970. */
export function signature(at: Date): string {
  return `${AUTHOR.name} <${AUTHOR.email}> ${Math.floor(at.getTime() / 1000)} +0000`;
}
