/** Tells a machine that cannot make a sandbox from one that cannot make it at this moment. */
import { EnvironmentError } from '../../contract/errors.js';

/** This machine cannot make a sandbox, now or later. Only then does `auto` run commands without one. */
export class NoSandboxError extends EnvironmentError {
  override readonly name = 'NoSandboxError';
}

/** What programs print in the C locale when processes, memory or open files are short. They may be free again later. */
const SHORTAGE = /Resource temporarily unavailable|Cannot allocate memory|Too many open files|Cannot fork/;

/**
 * Creates the error of a sandbox that could not be set up. "No space left on device" is no shortage: its set-up writes
 * nothing to a disk, and the kernel says so when it allows no more namespaces.
 * @param errorOutput what the set-up's programs printed; empty when they were killed
 */
export function createSetUpError(errorOutput: string): EnvironmentError {
  const output = errorOutput.trim();
  if (output !== '' && !SHORTAGE.test(output)) {
    return new NoSandboxError(
      `Could not set up the sandbox: ${output}`,
      'Run `leadwright doctor` to see what is missing.',
    );
  }
  return new EnvironmentError(
    `Could not set up the sandbox: ${output === '' ? 'its set-up was killed' : output}`,
    'Check that memory, processes and disk space are left on this machine, and try again.',
  );
}
