import { EnvironmentError, messageOf } from '../../contract/errors.js';
import type { CommitSha } from '../../contract/ids.js';

/** git exited with a code that the caller does not accept. `stderr` holds at most the last MAX_STDERR_BYTES. */
export class GitError extends Error {
  override readonly name = 'GitError';
  constructor(
    readonly command: string,
    readonly exitCode: number | null,
    readonly stderr: string,
  ) {
    const how = exitCode === null ? 'was killed' : `ended with exit code ${exitCode}`;
    super(`${command} ${how}: ${lastLine(stderr)}`);
  }
}

/** The store does not have a commit: it was never imported, or the run was cleaned away. */
export class UnknownCommitError extends Error {
  override readonly name = 'UnknownCommitError';
  constructor(readonly commit: CommitSha) {
    super(`the git store has no commit ${commit}`);
  }
}

/** What a person does about a git store that is gone. */
export const HOW_TO_RESTORE =
  'End the stack (leadwright down --now; in a fleet, its workers and its server), then run: leadwright doctor --repair';

/** Somebody has removed the git store under this process. Nothing can be read or written until it is restored. */
export class StoreGoneError extends EnvironmentError {
  constructor(gitDir: string) {
    super(`the git store ${gitDir} is gone`, HOW_TO_RESTORE);
  }
}

/** A change that must not be written. No change of its set was written. */
export class RefusedChangeError extends Error {
  override readonly name = 'RefusedChangeError';
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${JSON.stringify(path)} ${reason}`);
  }
}

/** Whether an error of git or of this process says that the disk is full, or a quota is used up. */
export function saysOutOfSpace(error: unknown): boolean {
  const text = error instanceof GitError ? error.stderr : messageOf(error);
  return /\bENOSPC\b|\bEDQUOT\b|No space left on device|Disk quota exceeded/.test(text);
}

/** The line of stderr that reports the failure: git prints warnings and progress before it. */
export function lastLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1);
  return fatal?.replace(/^(fatal|error): /, '') ?? 'no message on stderr';
}
