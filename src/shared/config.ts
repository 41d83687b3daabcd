import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Environment variables as a plain value, so that a test can pass its own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder of the embedded stack's state, the git store and the caches: LEADWRIGHT_HOME, or the user's state folder
 * (XDG base directory specification, used on every system).
 */
export function homeFolder(env: Environment = process.env): string {
  const given = nonEmpty(env['LEADWRIGHT_HOME']);
  if (given !== undefined) return resolve(given);
  const state = nonEmpty(env['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state');
  return join(state, 'leadwright');
}

/** The paths below LEADWRIGHT_HOME. */
export function homePaths(home: string) {
  return {
    home,
    /** The number of the home's layout. */
    layout: join(home, 'layout'),
    /** The bare git store, one for all runs. */
    store: join(home, 'store.git'),
    /** Results of `setup`, one folder for each lock file and command. */
    setupLayers: join(home, 'cache', 'setup'),
    /** What the index of the code knows of each file. It can be deleted at any time. */
    codeIndex: join(home, 'cache', 'code-index'),
    /** What earlier commits changed, one file for each run's base. */
    changeLogs: join(home, 'cache', 'change-logs'),
    /** The downloaded Temporal binary. */
    binaries: join(home, 'cache', 'bin'),
    /** The embedded PostgreSQL's data. */
    postgres: join(home, 'postgres'),
    /** The embedded Temporal server's SQLite file. */
    temporalFile: join(home, 'temporal', 'temporal.db'),
    /** Ports and pids of the running stack. */
    stackFile: join(home, 'stack.json'),
    logs: join(home, 'logs'),
    token: join(home, 'token'),
    /** The key that signs payloads in the embedded Temporal server. */
    payloadKey: join(home, 'payload-key'),
    /** The built-in example's repository. */
    example: join(home, 'examples', 'bookshop'),
    /** The folders that `checkout` has written, one file for each. */
    checkouts: join(home, 'checkouts'),
    /** The newest outputs of red tests. */
    outputs: join(home, 'outputs'),
    /** Answers of models that the database could not take yet, one file each. */
    keptAnswers: join(home, 'kept-answers'),
    /** Reports of runs, unless a person names another file. */
    reports: join(home, 'reports'),
    /** Temporary trees of tests; empty while no test runs. */
    trees: join(home, 'trees'),
  } as const;
}
export type HomePaths = ReturnType<typeof homePaths>;

/** Undefined for an empty text: an environment variable that is set to nothing counts as unset, as in most tools. */
export function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

/**
 * Whether workers are a fleet, on Temporal and PostgreSQL of its own. The worker of a local stack is alone, has no build
 * id, and is back within a second when it dies.
 */
export function isInFleet(env: Environment): boolean {
  return nonEmpty(env['LEADWRIGHT_UNVERSIONED']) === undefined;
}
