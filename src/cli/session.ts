import { Client, Connection } from '@temporalio/client';
import { homeFolder, homePaths, type Environment, type HomePaths } from '../config.js';
import type { RunUrls } from '../contract.js';
import { openDatabase, type Database } from '../db/database.js';
import { branchOf } from '../git/branch.js';
import type { RunId } from '../ids.js';
import { obtainToken } from '../notifier/token.js';
import { holdStack, type StackHold } from '../stack/hold.js';
import type { WorkerNeed } from '../stack/protocol.js';
import { say } from './output.js';

/** A command's hold on the running stack, and its ways into it. */
export interface Session {
  readonly paths: HomePaths;
  readonly db: Database;
  readonly temporal: Client;
  readonly hold: StackHold;
  readonly token: string;
  urls(run: RunId): RunUrls;
}

/** The home that an environment names. */
export function pathsOf(env: Environment): HomePaths {
  return homePaths(homeFolder(env));
}

/**
 * Uses the stack, started when it does not run. Afterwards lets go of it: whatever ends because of that has
 * ended when this returns.
 */
export async function withSession<T>(
  env: Environment,
  worker: WorkerNeed,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const paths = pathsOf(env);
  const hold = await holdStack({ home: paths.home, env, needs: { worker }, onProgress: say });
  try {
    const session = await openSession(env, paths, hold);
    try {
      return await use(session);
    } finally {
      await session.db.close();
      await session.temporal.connection.close();
    }
  } finally {
    await hold.release({ wait: true });
  }
}

async function openSession(env: Environment, paths: HomePaths, hold: StackHold): Promise<Session> {
  const [connection, token] = await Promise.all([
    Connection.connect(hold.temporal.connectionOptions),
    obtainToken(paths.token, env),
  ]);
  return {
    paths,
    hold,
    token: token.value,
    // A command makes a few statements, one after another.
    db: openDatabase(hold.databaseUrl, 4),
    temporal: new Client({ connection, namespace: hold.temporal.namespace }),
    urls: (run) => urlsOf(hold, run),
  };
}

/** Where a person looks at a run. */
export function urlsOf(hold: Pick<StackHold, 'notifierUrl' | 'temporal'>, run: RunId): RunUrls {
  return {
    dashboard: `${hold.notifierUrl}/`,
    temporal: temporalUrl(hold.temporal.uiUrl, hold.temporal.namespace, run),
  };
}

/** A run's page in the Temporal UI; empty when nobody knows where the UI is. */
export function temporalUrl(ui: string | null, namespace: string, run: RunId): string {
  if (ui === null) return '';
  return `${ui.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${encodeURIComponent(branchOf(run))}`;
}
