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

/** A process exceeded its time limit and was killed together with everything that it had started. */
export class GitTimeoutError extends Error {
  override readonly name = 'GitTimeoutError';
  constructor(
    readonly command: string,
    readonly limitMs: number,
  ) {
    super(`${command} did not end within ${limitMs / 1000} s and was killed`);
  }
}

/** A process printed more than the caller's limit and was killed. */
export class GitOutputError extends Error {
  override readonly name = 'GitOutputError';
  constructor(
    readonly command: string,
    readonly limitBytes: number,
  ) {
    super(`${command} printed more than ${limitBytes} bytes and was killed`);
  }
}

/** The store does not have a commit: it was never imported, or `clean` removed its run. */
export class UnknownCommitError extends Error {
  override readonly name = 'UnknownCommitError';
  constructor(readonly commit: CommitSha) {
    super(`the git store has no commit ${commit}`);
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

/** The line of stderr that reports the failure: git prints warnings and progress before it. */
export function lastLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1);
  return fatal?.replace(/^(fatal|error): /, '') ?? 'no message on stderr';
}
