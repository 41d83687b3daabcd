import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The environment as a plain value, so that a test can give its own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder that holds the embedded stack's state, the git store and the caches: LEADWRIGHT_HOME, or the
 * user's state folder (XDG base directory specification; on macOS and elsewhere the same place is used).
 */
export function homeFolder(env: Environment = process.env): string {
  const given = nonEmpty(env['LEADWRIGHT_HOME']);
  if (given !== undefined) return resolve(given);
  const state = nonEmpty(env['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state');
  return join(state, 'leadwright');
}

/** What is kept where below LEADWRIGHT_HOME. Every path of ours is made here. */
export function homePaths(home: string) {
  return {
    home,
    /** The number of the home's layout. */
    layout: join(home, 'layout'),
    /** The bare git store, one for all runs. */
    store: join(home, 'store.git'),
    /** Results of `setup`, one folder per lock file and command. */
    setupLayers: join(home, 'cache', 'setup'),
    /** The fetched Temporal binary. */
    binaries: join(home, 'cache', 'bin'),
    /** The embedded PostgreSQL's data. */
    postgres: join(home, 'postgres'),
    /** The embedded Temporal server's SQLite file. */
    temporalFile: join(home, 'temporal', 'temporal.db'),
    /** What the running stack says of itself: ports and pids. */
    stackFile: join(home, 'stack.json'),
    /** The stack's door: commands hold it open through this socket. */
    stackSocket: join(home, 'stack.sock'),
    logs: join(home, 'logs'),
    token: join(home, 'token'),
    /** The built-in example's repository. */
    example: join(home, 'examples', 'bookshop'),
    /** Outputs of red tests, the newest of them. */
    outputs: join(home, 'outputs'),
    /** Throw-away trees of tests; empty whenever no test runs. */
    trees: join(home, 'trees'),
  } as const;
}
export type HomePaths = ReturnType<typeof homePaths>;

/** An environment variable set to nothing counts as not set, as it does for most tools. */
export function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
