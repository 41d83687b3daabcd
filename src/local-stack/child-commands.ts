import { join } from 'node:path';
import { packageRoot } from '../shared/package-root.js';

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** The commands of Leadwright that the stack runs as its own processes. */
export interface ChildCommands {
  readonly worker: Command;
  readonly notifier: Command;
  readonly temporalRelay: Command;
}

/** The commands of the children, started through `bin/leadwright.js`. */
export function childCommands(): ChildCommands {
  return {
    worker: launch('worker'),
    notifier: launch('notifier'),
    temporalRelay: launch('temporal-relay'),
  };
}

/** The command that runs the host process. It is internal: users do not call it. */
export function hostCommand(): Command {
  return launch('host');
}

function launch(command: string): Command {
  return [process.execPath, join(packageRoot, 'bin', 'leadwright.js'), command];
}
