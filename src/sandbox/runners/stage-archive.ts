/**
 * The archive of the stage: what a sandbox has beside the commit's files. The same `tar` unpacks both, as the command's user.
 * Pure.
 */
import { tarEntries } from '../../git/objects/tar.js';
import { WRITABLE_MOUNTS } from './bubblewrap-arguments.js';

/** The folder of the stage with the commit's files. */
export const TREE = 'tree' satisfies keyof typeof WRITABLE_MOUNTS;

/**
 * The pipe of the command's output, in the stage. A named pipe, because a command may open `/dev/stdout`; Node's own are
 * sockets, which cannot be opened.
 */
export const OUTPUT_PIPE = 'out';

/** The beginning of the archive that the launch script reads. The commit's files follow, in the folder TREE. */
export function stageArchive(now: Date): Buffer {
  const entry = (path: string, kind: 'folder' | 'pipe') => ({
    ...{ path: Buffer.from(path), kind },
    content: Buffer.alloc(0),
  });
  const archive = tarEntries(
    [...Object.keys(WRITABLE_MOUNTS).map((name) => entry(name, 'folder')), entry(OUTPUT_PIPE, 'pipe')],
    Math.floor(now.getTime() / 1000),
  );
  if (archive === null) throw new TypeError(`The machine's clock is at ${now.toISOString()}.`);
  return archive;
}
