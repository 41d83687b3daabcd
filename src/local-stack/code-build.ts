/** Which build of Leadwright a stack was started by, and whether that is the one of this process. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../shared/files/package-root.js';
import { buildId } from '../worker/version.js';
import type { StackDescription } from './describe-stack.js';

/** The file that names all parts of the commands by their hashes. */
const MAIN_FILE = join(packageRoot, 'dist', 'bundle', 'main.cjs');

/**
 * The build of the code on disk: the workflows' id, and a hash of the commands. A host reads it when it starts, because a later
 * build replaces the files below it. Null where nothing is built.
 */
export function codeBuild(): string | null {
  try {
    const commands = createHash('sha256').update(readFileSync(MAIN_FILE)).digest('hex').slice(0, 12);
    return `${buildId()}-${commands}`;
  } catch {
    return null;
  }
}

/** Says that a running stack is of another build, and how to change to this one; null when it is of this one. */
export function otherBuildWarning(stack: StackDescription): string | null {
  if (stack.state !== 'running') return null;
  const own = codeBuild();
  if (own === null || stack.build === own) return null;
  return 'The running stack was started by another build of Leadwright, before an upgrade or a new set-up, and does the work. To change to this build, run `leadwright down --now` and give the command again: open runs continue';
}
