/** How commands are contained. Callers know this interface only, so that a stronger runner needs no change. */
import { EnvironmentError } from '../errors.js';
import { nonEmpty, type Environment } from '../config.js';
import { runCommand, type CommandResult } from './command.js';
import type { Folders } from './environment.js';
import type { Place } from './place.js';

/** What a runner keeps in and what it cannot, for `doctor` and for the warning at a run's start. */
export interface Containment {
  readonly kind: 'process-group' | 'sandbox';
  /** One line. */
  readonly summary: string;
  /** What a person must know before trusting it with a repository; null when there is nothing. */
  readonly warning: string | null;
}

export interface RunRequest {
  readonly command: string;
  /** The only folders that it should write to. */
  readonly place: Place;
  /** Made for the folders that `inside` gives. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly outputLimitBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Runner {
  describe(): Containment;
  /** A place's folders as a command sees them: a sandbox may show them under other paths. */
  inside(place: Place): Folders;
  /** Runs `sh -c command` in the place's tree; when it returns, nothing that was started is left. */
  run(request: RunRequest): Promise<CommandResult>;
}

/** A process group of its own, with a scrubbed environment and limits on time and output: no sandbox. */
export const processGroupRunner: Runner = {
  describe: () => ({
    kind: 'process-group',
    summary:
      'commands run in a process group of their own, with a scrubbed environment, time and output limits',
    warning:
      'Tests run without a sandbox: what the model writes runs as you, and can read your files and reach ' +
      'the network. Use a machine or a container that holds nothing of value.',
  }),
  inside: (place) => place,
  run: ({ place, ...request }) => runCommand({ ...request, folder: place.tree, id: place.id }),
};

/**
 * The runner that LEADWRIGHT_SANDBOX asks for.
 * @throws EnvironmentError when it requires a sandbox, of which there is none, or is no known word
 */
export function runnerFor(env: Environment): Runner {
  const wanted = nonEmpty(env['LEADWRIGHT_SANDBOX']) ?? 'auto';
  switch (wanted) {
    case 'auto':
    case 'off':
      return processGroupRunner;
    case 'require':
      throw new EnvironmentError(
        'LEADWRIGHT_SANDBOX=require, but this version has no sandbox.',
        'Set LEADWRIGHT_SANDBOX=auto, and run it where untrusted code may run.',
      );
    default:
      throw new EnvironmentError(
        `LEADWRIGHT_SANDBOX is ${JSON.stringify(wanted)}, which is none of require, auto and off.`,
        'Set it to one of them, or unset it.',
      );
  }
}
