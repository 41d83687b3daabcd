/** Exit codes of the command line (docs/commands.md). */
export const EXIT = { completed: 0, unfinished: 1, usage: 2, environment: 3, cancelled: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One problem in a person's input. `line` is 1-based, or null when there is none. */
export interface Problem {
  readonly line: number | null;
  readonly path: string;
  readonly message: string;
}

/** Bad usage or an invalid plan: exit code 2. Lists all problems, found in one pass. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
  }
}

/** The run, blocker or task does not exist. */
export class NotFoundError extends UsageError {}

/** The environment is not ready: exit code 3. `message` says what happened, `fix` what to do. */
export class EnvironmentError extends Error {
  override readonly name: string = 'EnvironmentError';
  constructor(
    message: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The message of a thrown value, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
