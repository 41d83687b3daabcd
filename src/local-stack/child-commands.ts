import { join } from 'node:path';
import { packageRoot } from '../shared/package-root.js';

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
  return [process.execPath, join(packageRoot, 'bin', 'leadwright.js'), command];
}
