import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** The programs that the stack runs of Leadwright itself. */
export interface ChildCommands {
  readonly worker: Command;
  readonly notifier: Command;
}

/** Leadwright's own commands, by its launcher. */
export function childCommands(): ChildCommands {
  return { worker: launch('worker'), notifier: launch('notifier') };
}

/** The internal command that runs the host. */
export function hostCommand(): Command {
  return launch('host');
}

function launch(command: string): Command {
  return [process.execPath, join(packageFolder(), 'bin', 'leadwright.js'), command];
}

/** This package's folder, whether we run from its `src` or its `dist`. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('Leadwright is not in a package');
    folder = parent;
  }
  return folder;
}
