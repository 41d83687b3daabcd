import { EnvironmentError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';

/** Runs `use` and aborts its signal on Ctrl-C or SIGTERM. This ends the command; the run continues. */
export async function untilInterrupted<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await use(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** The error of a command that was interrupted before it started its run. */
export function interruptedBeforeStart(): EnvironmentError {
  return new EnvironmentError(
    'The command was interrupted before the run was started.',
    'Nothing was started or spent. To start the run, give the command again.',
  );
}

/** The error of a command that was interrupted before it continued a run that exists. */
export function interruptedBeforeContinuing(id: RunId): EnvironmentError {
  return new EnvironmentError(
    `The command was interrupted before it reached the run ${id}.`,
    `This command changed nothing. See the run with:  leadwright status ${id}`,
  );
}
