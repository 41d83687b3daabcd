import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { homeFolder, homePaths, type Environment, type HomePaths } from '../../shared/config.js';
import type { RunUrls } from '../../contract/run-view.js';
import { openSqlDatabase, type Database, type SqlDatabase } from '../../db/database.js';
import { runBranch } from '../../contract/names.js';
import type { RunId } from '../../contract/ids.js';
import { obtainToken } from '../../shared/network/token.js';
import { otherBuildWarning } from '../../local-stack/code-build.js';
import { describeStack } from '../../local-stack/describe-stack.js';
import {
  holdDatabase,
  holdStack,
  type DatabaseHold,
  type Servers,
  type StackHold,
} from '../../local-stack/hold-stack.js';
import type { WorkerNeed } from '../../local-stack/host/host-protocol.js';
import type { LoadedHost } from '../../local-stack/host-process.js';
import { readProvider } from '../../model/providers.js';
import { COMMAND_CONNECTIONS, Connections, type OpenConnections } from './connections.js';
import { fullDiskWarning } from './full-disk.js';
import { warnOfOtherPort } from './other-port.js';
import { say, warn } from '../print/output.js';

/** A command's access to the record. */
export interface Reader {
  readonly paths: HomePaths;
  readonly db: SqlDatabase;
  /** The database with Prisma's client, opened at the first call, because loading it takes longer than most commands. */
  database(): Promise<Database>;
  urls(run: RunId): RunUrls;
}

/** A command's access to the running stack: its database, its token, Temporal. */
export interface Session extends Reader {
  readonly db: Database;
  readonly hold: StackHold;
  readonly token: string;
  /** A Temporal client, opened at the first call, because loading its library takes longer than most commands. */
  temporal(): Promise<Client>;
}

/** Authentication of another connection takes longer than the few statements of a command that only reads. */
const READER_CONNECTIONS = 1;

/** The paths of the home (LEADWRIGHT_HOME) that an environment names. */
export function pathsOf(env: Environment): HomePaths {
  return homePaths(homeFolder(env));
}

interface SessionOptions {
  /** The stack is only to be kept up, until `down`. */
  readonly standing?: boolean;
  /**
   * The command changes a run and ends. It says that the page is at another port only when it starts the stack, and that the
   * disk is full, which a command that follows a run says anyway.
   */
  readonly changesRun?: boolean;
  /** The client of Temporal is not loaded while the stack starts: the command hardly ever needs it. */
  readonly withoutTemporal?: boolean;
  /** Loads what `use` needs. Called while the stack starts. */
  readonly preload?: () => Promise<unknown>;
  /** See `HoldOptions`. */
  readonly loadedHost?: LoadedHost | null;
  /** Aborted when the command is interrupted. That does not cancel the start of the stack, and the command says so. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `use` with the stack, and starts the stack when it does not run. Afterwards releases the stack, and waits until
 * the processes that end because of that have ended.
 * @throws UsageError when a worker is needed and LEADWRIGHT_PROVIDER is unknown
 */
export async function withSession<T>(
  env: Environment,
  worker: WorkerNeed,
  use: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  // An unknown provider is bad usage; the host, which reads the settings of the worker, could only refuse them.
  if (worker !== 'none') readProvider(env);
  const paths = pathsOf(env);
  const { hold, connections, hasStarted } = await openStack(env, paths, worker, options);
  try {
    const session = await openSession(env, paths, hold, await connections.get(hold));
    const changesRun = options.changesRun === true;
    // A command that needs a worker makes a run go on, which a person may want to watch.
    if (worker !== 'none' && (hasStarted || !changesRun)) await warnOfOtherPort(env, hold.notifierUrl);
    if (worker !== 'none') await warnOfOtherBuild(paths);
    // On a full disk such a command may wait for minutes, until it gives up. A run that is followed warns by itself.
    const fullDisk = changesRun ? await fullDiskWarning(paths.home) : null;
    if (fullDisk !== null) warn(fullDisk);
    return await use(session);
  } finally {
    await connections.close().finally(() => hold.release({ wait: true }));
  }
}

interface OpenStack {
  readonly hold: StackHold;
  readonly connections: Connections;
  /** Whether the stack, or a part of it, was started for this command. */
  readonly hasStarted: boolean;
}

/** Holds the stack. While it starts, loads what the command needs and connects to the servers that are up. */
async function openStack(
  env: Environment,
  paths: HomePaths,
  worker: WorkerNeed,
  { standing = false, withoutTemporal = false, preload, loadedHost, signal }: SessionOptions,
): Promise<OpenStack> {
  let hasStarted = false;
  const onProgress = (text: string) => {
    hasStarted = true;
    say(text);
  };
  const usesTemporal = worker !== 'none' && !withoutTemporal;
  // Not before: loading takes the processor that would send the request.
  const onRequested = (): void => {
    const loading = [import('../../db/open-database.js'), preload?.()];
    if (usesTemporal) loading.push(import('@temporalio/client'));
    for (const each of loading) each?.catch(() => undefined);
  };
  const connections = new Connections(env, paths);
  const onServers = (servers: Servers): void => {
    const opened = connections.open(servers);
    // What fails here fails again where it is needed, which reports it.
    if (usesTemporal) opened.then(({ temporal }) => temporal.client()).catch(() => undefined);
  };
  const hooks = { onProgress, onRequested, onServers };
  if (signal?.aborted === true) sayInterrupted();
  signal?.addEventListener('abort', sayInterrupted);
  try {
    const needs = { worker, standing };
    const hold = await holdStack({ home: paths.home, env, needs, loadedHost, ...hooks });
    return { hold, connections, hasStarted };
  } catch (error) {
    await connections.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', sayInterrupted);
  }
}

function sayInterrupted(): void {
  say('interrupted: this command ends once the stack has started…');
}

/** The start of the database alone takes a second. When it takes much longer than that, its progress is shown. */
const SILENT_MS = 5_000;

/** Runs `use` with the database, which is started alone when no stack runs. Otherwise as `withSession`. */
export async function withReader<T>(env: Environment, use: (reader: Reader) => Promise<T>): Promise<T> {
  // These commands check few values, and zod would first compile code for each kind of them.
  z.config({ jitless: true });
  const paths = pathsOf(env);
  const silentUntil = performance.now() + SILENT_MS;
  const onProgress = (text: string) => {
    if (performance.now() > silentUntil) say(text);
  };
  const hold = await holdDatabase({ home: paths.home, env, onProgress });
  try {
    const db = openSqlDatabase(hold.databaseUrl, READER_CONNECTIONS);
    let opened: Promise<Database> | undefined;
    const open = async (): Promise<Database> => {
      const { openDatabase } = await import('../../db/open-database.js');
      return openDatabase(hold.databaseUrl, COMMAND_CONNECTIONS);
    };
    try {
      return await use({ paths, db, database: () => (opened ??= open()), urls: (run) => urlsOf(hold, run) });
    } finally {
      await db.close();
      await (await opened)?.close();
    }
  } finally {
    await hold.release({ wait: true });
  }
}

/** Keeps the database of a home up, from `hold` to `release`, for a command that opens it and then the whole stack. */
export class KeptDatabase {
  #hold: Promise<DatabaseHold> | undefined;

  constructor(private readonly env: Environment) {}

  /** @throws EnvironmentError as `withReader`, within which it is called */
  async hold(): Promise<void> {
    this.#hold ??= holdDatabase({ home: pathsOf(this.env).home, env: this.env });
    const held = this.#hold;
    const { lost } = await held;
    void lost.then(() => {
      if (this.#hold === held) this.#hold = undefined;
    });
  }

  /** Waits until the processes that end because of that have ended. */
  async release(): Promise<void> {
    const held = this.#hold;
    this.#hold = undefined;
    const hold = await held?.catch(() => undefined);
    await hold?.release({ wait: true });
  }
}

let isBuildWarned = false;

/** Warns, once a command, when the stack that serves it runs other code. */
async function warnOfOtherBuild({ home }: HomePaths): Promise<void> {
  const warning = isBuildWarned ? null : otherBuildWarning(await describeStack(home));
  if (warning === null) return;
  isBuildWarned = true;
  warn(`${warning}.`);
}

async function openSession(
  env: Environment,
  paths: HomePaths,
  hold: StackHold,
  { db, temporal, lose }: OpenConnections,
): Promise<Session> {
  void hold.lost.then(lose);
  const token = await obtainToken(paths.token, env);
  return {
    paths,
    hold,
    token: token.value,
    db,
    database: () => Promise.resolve(db),
    temporal: () => temporal.client(),
    urls: (run) => urlsOf(hold, run),
  };
}

/** The web pages of a run. */
export function urlsOf(
  { notifierUrl, temporal }: Pick<DatabaseHold, 'notifierUrl' | 'temporal'>,
  run: RunId,
): RunUrls {
  return {
    dashboard: `${notifierUrl}/`,
    temporal: temporal === null ? null : temporalUrl(temporal.uiUrl, temporal.namespace, runBranch(run)),
  };
}

/** A workflow's page in the Temporal UI; null when the UI's address is not known. */
export function temporalUrl(ui: string | null, namespace: string, workflow: string): string | null {
  if (ui === null) return null;
  return `${ui.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${encodeURIComponent(workflow)}`;
}
