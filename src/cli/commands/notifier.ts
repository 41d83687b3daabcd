import type { Command } from 'commander';
import pino from 'pino';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { openDatabase } from '../../db/open-database.js';
import { migrate } from '../../db/migrate.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { runBranch, taskWorkflowId } from '../../contract/names.js';
import { GitStore } from '../../git/store/git-store.js';
import { listenAddress, proxiedHosts } from '../../shared/network/listen-address.js';
import { createRunControl, type RunControlOptions } from '../../server/control-service.js';
import { createReadQueries } from '../../server/read-queries.js';
import { startServer } from '../../server/server.js';
import { readExternalTemporal } from '../../local-stack/external-services.js';
import { claimLayout } from '../../local-stack/home-layout.js';
import { withRunningStack } from '../../local-stack/hold-stack.js';
import { TemporalConnection, type TemporalTarget } from '../../runs/control/temporal-connection.js';
import { redactedLog } from '../../redaction/redacted-log.js';
import { socketPaths } from '../../shared/network/sockets.js';
import { obtainToken } from '../../shared/network/token.js';
import type { Act } from '../command.js';
import {
  databaseOf,
  isStartedByHost,
  receiveAddresses,
  reportReady,
  untilStopped,
} from '../session/service-process.js';
import { pathsOf, temporalUrl } from '../session/session.js';

export function declare(command: Command, act: Act): void {
  command.action(() => act(notifier));
}

/** Serves events, the API and the dashboard until a signal stops it or its host ends. */
async function notifier(given: Environment): Promise<ExitCode> {
  const env = await receiveAddresses(given);
  const paths = pathsOf(env);
  await claimLayout(paths);
  const databaseUrl = databaseOf(env);
  await migrate(databaseUrl);
  const db = openDatabase(databaseUrl);
  const temporal = new TemporalConnection(env, () => temporalOf(env));
  let store: Promise<GitStore> | undefined;
  const openStore = (): Promise<GitStore> =>
    GitStore.open(paths.store).catch((error: unknown) => {
      // For example for lack of file descriptors: tried again for the next request.
      store = undefined;
      throw error;
    });
  const uiSocket = nonEmpty(env['LEADWRIGHT_TEMPORAL_UI']);
  const uiPort = nonEmpty(env['LEADWRIGHT_TEMPORAL_UI_PORT']);
  const served = await startServer({
    databaseUrl,
    listen: listenAddress(env),
    socket: isStartedByHost(env) ? socketPaths(paths.home).server : null,
    hosts: proxiedHosts(env),
    token: await obtainToken(paths.token, env),
    temporalUi:
      uiSocket === undefined
        ? null
        : { socket: uiSocket, port: uiPort === undefined ? undefined : Number(uiPort) },
    queries: (url, ui) => {
      const page = (workflow: string) => temporalUrl(ui, env['TEMPORAL_NAMESPACE'] ?? 'default', workflow);
      return createReadQueries({
        db,
        store: () => (store ??= openStore()),
        urls: (run) => ({ dashboard: `${url}/`, temporal: page(runBranch(run)) }),
        workflowUrl: ({ runId, taskId }, number) => page(taskWorkflowId(runId, taskId, number)),
      });
    },
    control: createRunControl({ db, temporal: () => temporal.client(), keep: keeper(paths.home) }),
    log: pino({ name: 'notifier' }, redactedLog),
  });
  reportReady({ ready: true, url: served.url, temporalUi: served.temporalUi });
  await untilStopped();
  await served.close();
  await temporal.close();
  (await store)?.close();
  await db.close();
  return EXIT.completed;
}

/** Keeps the embedded stack running for work that the dashboard started. A fleet's workers are managed elsewhere. */
function keeper(home: string): RunControlOptions['keep'] {
  return isStartedByHost()
    ? (anyWorker, use) => withRunningStack(home, anyWorker, use)
    : (_anyWorker, use) => use();
}

/** Finds the Temporal server. The host of an embedded stack sets TEMPORAL_ADDRESS too, so one lookup serves both. */
async function temporalOf(env: Environment): Promise<TemporalTarget> {
  const { connectionOptions, namespace = 'default' } = await readExternalTemporal(env);
  return { connectionOptions, namespace };
}
