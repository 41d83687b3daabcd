import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommitSha } from '../../contract/ids.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { readSmallTree, sizesOf, type SmallTreeEntry } from '../objects/small-tree.js';
import { tarOf, type TarEntry } from '../objects/tar.js';
import { exitError, startGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';

/** Bytes of all files of a commit that is archived in memory. */
const MAX_SMALL_BYTES = 2 * 1024 * 1024;

/**
 * Streams the files of a commit as a tar archive: exact bytes (the store's attributes turn off every conversion),
 * executable bits, symbolic links as links, and no `.git`. All files have the present time: compilers that go by times
 * take what a set-up has compiled before for older, whichever commit it was made of. A small commit needs no process.
 * `completed` rejects when it fails; `cancel` stops it.
 * @param folder the folder that the files are in, in the archive; none when empty
 */
export function archive(
  store: Promise<{ readonly gitDir: string; readonly reader: ObjectReader }>,
  commit: CommitSha,
  signal?: AbortSignal,
  folder = '',
) {
  const stream = new PassThrough();
  const stop = new AbortController();
  const signals = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const completed = writeArchive(store, { commit, folder }, stream, signals);
  // Its reader sees an early end, and the reason in `completed`. A caller that cancels on purpose need not await that.
  completed.catch(() => stream.end());
  return {
    stream: stream as Readable,
    completed,
    cancel: () => stop.abort(new Error('the archive was cancelled')),
  };
}

async function writeArchive(
  store: Promise<{ readonly gitDir: string; readonly reader: ObjectReader }>,
  { commit, folder }: { readonly commit: CommitSha; readonly folder: string },
  stream: PassThrough,
  signal: AbortSignal,
): Promise<void> {
  const { gitDir, reader } = await store;
  const small = await archiveSmall(reader, commit, folder);
  signal.throwIfAborted();
  if (small !== null) {
    stream.end(small);
    return;
  }
  const git = archiveByGit(gitDir, commit, signal, folder);
  await Promise.allSettled([pipeline(git.stream, stream), git.completed]);
  await git.completed;
}

/** The archive of a commit of few files; null when git has to make it. */
export async function archiveSmall(
  reader: ObjectReader,
  commit: CommitSha,
  folder = '',
): Promise<Buffer | null> {
  const entries = await readSmallTree(reader, commit);
  if (entries === null) return null;
  const files = entries.flatMap(({ mode, sha }) => (mode === '040000' ? [] : [{ mode, sha }]));
  const sizes = await sizesOf(reader, files);
  if (sizes === null || sizes.reduce((sum: number, size) => sum + (size ?? 0), 0) > MAX_SMALL_BYTES)
    return null;
  const read = await Promise.all(entries.map((entry) => tarEntry(reader, entry)));
  const whole = read.filter((entry) => entry !== null);
  return whole.length < read.length ? null : tarOf(whole, Math.floor(Date.now() / 1000), folder);
}

/** @returns null when the store lacks the content */
async function tarEntry(reader: ObjectReader, { path, mode, sha }: SmallTreeEntry): Promise<TarEntry | null> {
  // A submodule is an empty folder, as in a checkout.
  if (mode === '040000' || mode === '160000') return { path, kind: 'folder', content: Buffer.alloc(0) };
  const content = await reader.read(sha);
  if (content === null) return null;
  const kind = mode === '120000' ? 'link' : mode === '100755' ? 'executable' : 'file';
  return { path, kind, content };
}

/** Archives a commit by a git process. */
export function archiveByGit(gitDir: string, commit: CommitSha, signal?: AbortSignal, folder = '') {
  const child = startGit({
    gitDir,
    // The permissions of an ordinary checkout, independent of this process's umask.
    options: ['-c', 'tar.umask=0022'],
    // Of a commit, the files would have its time; of a tree, they have the present one.
    args: ['archive', '--format=tar', ...(folder === '' ? [] : [`--prefix=${folder}/`]), `${commit}^{tree}`],
    timeLimitMs: TIME_LIMIT.bulk,
    signal,
  });
  child.stdin.end();
  const completed = child.ended.then((ending) => {
    if (ending.exitCode !== 0) throw exitError('git archive', ending);
  });
  completed.catch(() => undefined);
  return { stream: child.stdout, completed };
}
