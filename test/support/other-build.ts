import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/files/package-root.js';

/**
 * Creates another build of Leadwright in a folder: a copy of this one with its workflow bundle changed by `change`.
 * @returns the path of its launcher
 */
export function makeOtherBuild(folder: string, change: (bundle: string) => string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of ['bin', 'dist', 'prisma', 'examples', 'package.json']) {
    cpSync(join(packageRoot, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'dist', 'workflow-bundle.js');
  const bundle = readFileSync(file, 'utf8');
  const changed = change(bundle);
  if (changed === bundle) throw new Error('the other build is the same build');
  writeFileSync(file, changed);
  return join(folder, 'bin', 'leadwright.js');
}
