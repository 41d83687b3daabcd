/** The process that serves events, the API and the dashboard. */
import pino from 'pino';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { openDatabase } from '../../db/database.js';
import { migrate } from '../../db/migrate.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { branchOf, taskWorkflowOf } from '../../contract/names.js';
import { GitStore } from '../../git/store/git-store.js';
import { listenAddress, proxiedHosts } from '../../server/listen-address.js';
import { handsOn, type HandsOptions } from '../../server/run-control-service.js';
import { looksInto } from '../../server/read-queries.js';
import { startNotifier } from '../../server/server.js';
import { externalTemporal } from '../../local-stack/external-services.js';
import { claimLayout } from '../../local-stack/home-layout.js';
import { keepStack } from '../../local-stack/hold-stack.js';
import { TemporalWay, type TemporalPlace } from '../../runs/control/temporal-connection.js';
import { maskedLog } from '../../redaction/redacted-log.js';
import { obtainToken } from '../../shared/token.js';
import { databaseOf, isHeld, sayReady, untilToldToStop } from '../service-process.js';
import { pathsOf, temporalUrl } from '../session.js';

/** `leadwright notifier`: until it is told to stop or its host is gone. */
export async function notifier(env: Environment): Promise<ExitCode> {
  const paths = pathsOf(env);
  await claimLayout(paths);
  const databaseUrl = databaseOf(env);
  await migrate(databaseUrl);
  const db = openDatabase(databaseUrl);
  const temporal = new TemporalWay(env, () => temporalOf(env));
  let store: Promise<GitStore> | undefined;
  const page = (workflow: string) =>
    temporalUrl(
      nonEmpty(env['LEADWRIGHT_TEMPORAL_UI']) ?? null,
      env['TEMPORAL_NAMESPACE'] ?? 'default',
      workflow,
    );
  const served = await startNotifier({
    databaseUrl,
    listen: listenAddress(env),
    hosts: proxiedHosts(env),
    token: await obtainToken(paths.token, env),
    looks: (url) =>
      looksInto({
        db,
        store: () => (store ??= GitStore.open(paths.store)),
        urls: (run) => ({ dashboard: `${url}/`, temporal: page(branchOf(run)) }),
        workflowUrl: ({ runId, taskId }, number) =>
          nonEmpty(page(taskWorkflowOf(runId, taskId, number))) ?? null,
      }),
    hands: handsOn({ db, temporal: () => temporal.client(), keep: keeper(paths.home) }),
    log: pino({ name: 'notifier' }, maskedLog),
  });
  sayReady({ ready: true, url: served.url });
  await untilToldToStop();
  await served.close();
  await temporal.close();
  (await store)?.close();
  await db.close();
  return EXIT.completed;
}

/** A stack of our own goes on with what a page asked for; a fleet's workers are there or come. */
function keeper(home: string): HandsOptions['keep'] {
  return isHeld() ? (anyWorker, use) => keepStack(home, anyWorker, use) : (_anyWorker, use) => use();
}

/** As Temporal's own tools read it; whoever started us has set the address of an embedded server. */
async function temporalOf(env: Environment): Promise<TemporalPlace> {
  const { connectionOptions, namespace = 'default' } = await externalTemporal(env);
  return { connectionOptions, namespace };
}
