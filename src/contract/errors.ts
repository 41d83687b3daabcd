/** Exit codes of the command line (contract, section 1). */
export const EXIT = { completed: 0, unfinished: 1, usage: 2, environment: 3, cancelled: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One problem in what a person gave: where (`line` is 1-based, null when it has none) and what. */
export interface Problem {
  readonly line: number | null;
  readonly path: string;
  readonly message: string;
}

/** Bad usage or an invalid plan: exit code 2. Carries every problem, found in one pass. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
  }
}

/** What was asked for is not there: a run, a blocker, a task. */
export class NotFoundError extends UsageError {}

/** The environment is not ready: exit code 3. `message` says what and to what, `fix` says what to do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  constructor(
    message: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The message of whatever was thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
