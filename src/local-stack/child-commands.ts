import { join } from 'node:path';
import { packageRoot } from '../shared/files/package-root.js';

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
    worker: launch('worker', WORKER_HEAP),
    notifier: launch('notifier'),
    temporalRelay: launch('temporal-relay'),
  };
}

/** The command that runs the host process. It is internal: users do not call it. */
export function hostCommand(): Command {
  return launch('host');
}

/**
 * Options of V8 with which a worker collects its garbage earlier: when its heap has grown to 96 MB, and then by two fifths. By
 * default V8 waits for some 300 MB, nearly all of it garbage. With 400 open agents this takes 130 MB less, and no more
 * processor time; a smaller share gains nothing.
 */
const WORKER_HEAP: readonly string[] = ['--initial-old-space-size=96', '--heap-growing-percent=40'];

/** With this option the host only loads, and begins when its standard input says so. */
export const WAIT_OPTION = '--wait';

function launch(command: string, options: readonly string[] = []): Command {
  return [process.execPath, ...options, join(packageRoot, 'bin', 'leadwright.js'), command];
}
