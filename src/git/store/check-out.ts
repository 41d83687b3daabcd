import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../contract/errors.js';
import { commitSha, type CommitSha } from '../../contract/ids.js';
import { errorCode } from '../../shared/error-code.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { formatOf } from '../objects/object-name.js';
import { readCommit } from '../objects/tree-reader.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { pipeChildren, runGit, startGit } from '../process/git-process.js';
import { ATTRIBUTES } from './store-folder.js';

/** What a checkout is for. */
export interface CheckoutPurpose {
  /** Settings that are written into its configuration. */
  readonly config: Readonly<Record<string, string>>;
}

/** The branch of a checkout, on which a person commits. */
const BRANCH = 'work';

/**
 * Writes the files of a commit into a new folder, with their exact bytes and modes, and makes the folder a git
 * repository of its own: HEAD is the commit, its history reaches back to the run's base, and the index matches the
 * files. It shares nothing with the store or with the user's repository, so nothing that a person does there can touch
 * them. No hook and no filter runs.
 *
 * @throws UsageError when the folder is in use
 */
export async function checkOut(
  store: { readonly gitDir: string; readonly reader: ObjectReader },
  commit: CommitSha,
  folder: string,
  { config }: CheckoutPurpose,
): Promise<void> {
  const { tree } = await readCommit(store.reader, commit);
  const isNew = await claimFolder(folder);
  const gitDir = join(folder, '.git');
  try {
    await git(null, [
      'init',
      '--quiet',
      '--template=',
      `--object-format=${formatOf(commit)}`,
      `--initial-branch=${BRANCH}`,
      folder,
    ]);
    for (const [name, value] of Object.entries(config)) await git(gitDir, ['config', name, value]);
    await mkdir(join(gitDir, 'info'), { recursive: true });
    await writeFile(join(gitDir, 'info', 'attributes'), ATTRIBUTES);
    await copyCommit(store, commit, gitDir);
    await git(gitDir, ['update-ref', `refs/heads/${BRANCH}`, commit]);
    await runGit({
      gitDir,
      cwd: folder,
      options: ['--work-tree=.'],
      args: ['read-tree', '-m', '-u', tree],
      timeLimitMs: TIME_LIMIT.bulk,
    });
  } catch (error) {
    await removeContents(folder);
    if (isNew) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** @returns whether the folder was created. @throws UsageError when it is in use */
async function claimFolder(folder: string): Promise<boolean> {
  try {
    // Without the recursive form for the last folder, because that does not tell whether the folder was there.
    await mkdir(join(folder, '..'), { recursive: true });
    await mkdir(folder);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    const names = await readdir(folder).catch(() => null);
    if (names?.length === 0) return false;
    throw new UsageError(
      names === null
        ? `${folder} is not a folder. Name a new one`
        : `The folder ${folder} is not empty. Name a new one, or an empty one`,
    );
  }
}

async function removeContents(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}

/** Copies a commit with its history, as far as the store has it. */
async function copyCommit(
  { gitDir: from, reader }: { readonly gitDir: string; readonly reader: ObjectReader },
  commit: CommitSha,
  to: string,
): Promise<void> {
  const pack = startGit({
    gitDir: from,
    // As for an import: a search for new deltas would take most of the time.
    args: ['pack-objects', '--revs', '--stdout', '--quiet', '--window=0'],
    timeLimitMs: TIME_LIMIT.bulk,
  });
  const index = startGit({ gitDir: to, args: ['index-pack', '--stdin'], timeLimitMs: TIME_LIMIT.bulk });
  pack.stdin.end(`${commit}\n`);
  await pipeChildren({ name: 'git pack-objects', child: pack }, { name: 'git index-pack', child: index });
  const { stdout } = await runGit({
    gitDir: from,
    args: ['rev-list', '--max-parents=0', commit],
    timeLimitMs: TIME_LIMIT.tree,
  });
  const roots = stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
  const cut: string[] = [];
  // The base has parents, but the store does not have them.
  for (const root of roots)
    if ((await readCommit(reader, commitSha(root))).parents.length > 0) cut.push(root);
  if (cut.length > 0) await writeFile(join(to, 'shallow'), `${cut.join('\n')}\n`);
}

async function git(gitDir: string | null, args: readonly string[]): Promise<void> {
  await runGit({ gitDir, args, timeLimitMs: TIME_LIMIT.few });
}
