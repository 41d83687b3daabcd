import { commitSha, type CommitSha } from '../../contract/ids.js';
import { signature } from '../objects/commit-object.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';

export type FileWrite =
  | { readonly path: Buffer; readonly mode: '100644' | '100755'; readonly content: Buffer }
  /** An object that the store has already. */
  | { readonly path: Buffer; readonly mode: '100644' | '100755' | '120000'; readonly sha: string }
  | { readonly path: Buffer; readonly mode: 'delete' };

export interface ImportedCommit {
  readonly parent: CommitSha;
  readonly files: readonly FileWrite[];
  readonly message: string;
  /** Author's and committer's date, to the second. */
  readonly at: Date;
}

/**
 * Writes a commit by a git process and returns its sha: the way for trees that only git can edit (`editTree`), and what
 * tests compare the other way with. The commit appears only when it is complete: a stream that breaks off is an error
 * (`--done`), not a smaller commit.
 */
export async function fastImport(
  gitDir: string,
  commit: ImportedCommit,
  signal?: AbortSignal,
): Promise<CommitSha> {
  const { stdout } = await runGit({
    gitDir,
    // On a file system that ignores case `git init` sets this to true, and git would fold the paths of the stream.
    options: ['-c', 'core.ignoreCase=false'],
    args: ['fast-import', '--quiet', '--done', '--date-format=raw'],
    input: importStream(commit),
    timeLimitMs: TIME_LIMIT.tree,
    signal,
  });
  return commitSha(stdout.toString('latin1').trim());
}

/** The stream that `git fast-import` reads. */
export function importStream({ parent, files, message, at }: ImportedCommit): Buffer {
  const who = signature(at);
  return Buffer.concat([
    line('commit refs/leadwright/import', 'mark :1', `author ${who}`, `committer ${who}`),
    data(Buffer.from(message, 'utf8')),
    line(`from ${parent}`),
    ...files.flatMap(fileCommands),
    // Print the commit's sha, then reset the branch: no ref is written, so no process waits for its lock.
    line('get-mark :1', 'reset refs/leadwright/import', '', 'done'),
  ]);
}

function fileCommands(file: FileWrite): Buffer[] {
  if (file.mode === 'delete') return [Buffer.from('D '), quoted(file.path), line('')];
  if ('sha' in file) return [Buffer.from(`M ${file.mode} ${file.sha} `), quoted(file.path), line('')];
  return [Buffer.from(`M ${file.mode} inline `), quoted(file.path), line(''), data(file.content)];
}

function line(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((text) => `${text}\n`).join(''), 'utf8');
}

function data(content: Buffer): Buffer {
  return Buffer.concat([line(`data ${content.length}`), content, line('')]);
}

/** A path in C quotes, where only these three bytes have to be escaped. Latin-1 maps every byte to one character. */
function quoted(path: Buffer): Buffer {
  const text = path.toString('latin1').replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
  return Buffer.from(`"${text}"`, 'latin1');
}
