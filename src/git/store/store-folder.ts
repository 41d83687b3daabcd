import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { errorCode } from '../../shared/error-code.js';
import { exists } from '../../shared/files/exists.js';
import type { ObjectFormat } from '../objects/object-name.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { howToReplace } from './damage.js';

const CONFIG: Readonly<Record<string, string>> = {
  // A commit is in use as soon as its sha is in the database, even when no ref points to it.
  'gc.auto': '0',
  'gc.pruneExpire': 'never',
  'core.logAllRefUpdates': 'false',
  // PostgreSQL keeps a sha through a power failure, so the objects must be on disk too. By default git does not sync
  // loose objects.
  'core.fsync': 'committed,loose-object',
};

/** Turns off every conversion. The file `info/attributes` takes precedence over the attributes of any tree. */
export const ATTRIBUTES = '* -filter -text -eol -ident -working-tree-encoding -export-subst -export-ignore\n';

/**
 * Creates the bare store when it does not exist. It is created in a temporary folder next to the target and then
 * renamed, so that no process sees a partial store, and one of several concurrent processes wins.
 *
 * @throws EnvironmentError when the folder cannot be created, or when it has lost a part
 */
export async function createStoreFolder(folder: string, format: ObjectFormat): Promise<void> {
  if ((await findMissing(folder)) === null) return;
  const temporary = `${folder}.${randomUUID()}`;
  try {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await initStore(temporary, format);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const taken = errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST';
    if (taken) {
      const missing = await findMissing(folder);
      if (missing === null) return;
      throw new EnvironmentError(
        `the git store ${folder} is damaged: it has no ${missing}`,
        howToReplace(folder),
        { cause: error },
      );
    }
    throw new EnvironmentError(
      `cannot create the git store ${folder}: ${messageOf(error)}`,
      'Make the parent folder writable, move away whatever exists at that path, or set LEADWRIGHT_HOME.',
      { cause: error },
    );
  }
}

/** What git needs to read it at all, and what identifies a store of Leadwright's: without it a tree's attributes could change bytes. */
const PARTS = ['HEAD', 'objects', 'refs', join('info', 'attributes')];

/** The part of a store that a folder has not; null when it is a store. */
export async function findMissing(folder: string): Promise<string | null> {
  for (const part of PARTS) if (!(await exists(join(folder, part)))) return part;
  return null;
}

async function initStore(folder: string, format: ObjectFormat): Promise<void> {
  const init = [
    'init',
    '--quiet',
    '--bare',
    '--template=',
    `--object-format=${format}`,
    '--initial-branch=none',
    folder,
  ];
  await runGit({ gitDir: null, args: init, timeLimitMs: TIME_LIMIT.few });
  for (const [name, value] of Object.entries(CONFIG)) {
    await runGit({ gitDir: folder, args: ['config', name, value], timeLimitMs: TIME_LIMIT.few });
  }
  await mkdir(join(folder, 'info'), { recursive: true });
  await writeFile(join(folder, 'info', 'attributes'), ATTRIBUTES);
}
