import type { CommitSha } from '../../contract/ids.js';

/** git ended in a way that its caller had no answer for. `stderr` is git's own, at most its last part. */
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

/** A change that must not be written. Nothing of its whole set was. */
export class RefusedChangeError extends Error {
  override readonly name = 'RefusedChangeError';
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${JSON.stringify(path)} ${reason}`);
  }
}

/** What git says last is what stopped it; what comes before are warnings and progress. */
export function lastLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1);
  return fatal?.replace(/^(fatal|error): /, '') ?? 'it said nothing';
}
