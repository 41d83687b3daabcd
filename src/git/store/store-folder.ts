import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { errorCode } from '../../shared/error-code.js';
import { exists } from '../process/lock-file.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';

const CONFIG: Readonly<Record<string, string>> = {
  // A commit is in use as soon as its sha is in the database, whether or not a ref holds it.
  'gc.auto': '0',
  'gc.pruneExpire': 'never',
  'core.logAllRefUpdates': 'false',
  // PostgreSQL keeps a sha through a power cut, so the objects it names must be on the disk too; git leaves
  // out single objects by default.
  'core.fsync': 'committed,loose-object',
};

/** Highest precedence of all attributes: whatever a tree says of itself, its bytes are taken as they are. */
const ATTRIBUTES = '* -filter -text -eol -ident -working-tree-encoding -export-subst -export-ignore\n';

/**
 * Makes the bare store when there is none. It is made beside its place and moved there whole, so that nobody
 * meets a half-made one and of several processes that do this at once one wins.
 */
export async function makeStoreFolder(folder: string): Promise<void> {
  if (await isStore(folder)) return;
  const making = `${folder}.${randomUUID()}`;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await initialise(making);
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    const taken = errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST';
    if (taken && (await isStore(folder))) return;
    throw new EnvironmentError(
      `the git store ${folder} can't be made: ${messageOf(error)}`,
      'Make the folder above it writable, move away what is in its place, or set LEADWRIGHT_HOME.',
      { cause: error },
    );
  }
}

async function isStore(folder: string): Promise<boolean> {
  // info/attributes is what makes it ours: without it a tree's attributes would change bytes.
  return (await exists(join(folder, 'HEAD'))) && (await exists(join(folder, 'info', 'attributes')));
}

async function initialise(folder: string): Promise<void> {
  const init = [
    'init',
    '--quiet',
    '--bare',
    '--template=',
    '--object-format=sha1',
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
