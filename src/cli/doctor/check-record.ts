/** Compares the record of runs with Temporal, the git store and the disk, and repairs what differs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { count } from '../../shared/words/format.js';
import type { RunId } from '../../contract/ids.js';
import type { Repaired } from '../../runs/repair/difference.js';
import { repair } from '../../runs/repair/repair.js';
import { externalDatabase, hasExternalTemporal } from '../../local-stack/external-services.js';
import { describeStack } from '../../local-stack/describe-stack.js';
import { startLead } from '../../runs/control/lead.js';
import { say } from '../print/output.js';
import { explainUnavailable } from '../session/explain-unavailable.js';
import { pathsOf, withSession } from '../session/session.js';
import { withStore } from '../session/with-store.js';
import { checkLeads } from './check-leads.js';
import { checkWorkers } from './check-workers.js';
import type { Finding } from './finding.js';

/**
 * Compares the record with Temporal, the git store and the disk, and checks the leads and the workers; starts the
 * stack when it does not run. A home without a database has had no run, so there is nothing to check.
 * @param repairIt also repair what differs
 */
export async function checkRecord(env: Environment, repairIt: boolean): Promise<Finding[]> {
  if (externalDatabase(env) === undefined && !existsSync(join(pathsOf(env).postgres, 'PG_VERSION')))
    return [];
  try {
    return await compareRecord(env, repairIt);
  } catch (thrown) {
    const error = await explainUnavailable(thrown);
    const fix = error instanceof EnvironmentError ? error.fix : null;
    const said = `could not be checked: ${messageOf(error)}`;
    return [{ what: 'record', state: 'missing', said, fix }];
  }
}

async function compareRecord(env: Environment, repairIt: boolean): Promise<Finding[]> {
  const { state } = await describeStack(pathsOf(env).home);
  if (state !== 'running' && externalDatabase(env) === undefined)
    say('The stack is not running. One is started for the check of the record, and ends after it.');
  // No worker: a restarted lead waits for one, and `watch` or `run` starts it with the right key.
  return withSession(env, 'none', async (session) => {
    const found = await withStore(session.paths, async (store) => {
      const context = {
        db: session.db,
        store,
        temporal: await session.temporal(),
        paths: session.paths,
        embedded: externalDatabase(env) === undefined && !hasExternalTemporal(env),
        startLead: (run: RunId, refresh: boolean) => startLead(session, run, refresh),
      };
      return repair(context, repairIt);
    });
    const others = [...(await checkLeads(session)), ...(await checkWorkers(session.db))];
    if (found.length > 0) return [...found.map(findingOf), ...others];
    const runs = await session.db.prisma.run.count();
    return [
      { what: 'record', state: 'ok', said: `${count(runs, 'run')} checked, no difference found`, fix: null },
      ...others,
    ];
  });
}

const HOW_TO_REPAIR = 'Repair it with: leadwright doctor --repair.';

function findingOf({ difference, done }: Repaired): Finding {
  const { run, description: said } = difference;
  const what = run === null ? 'record' : `run ${run}`;
  switch (difference.kind) {
    case 'repairable':
      return done === null
        ? { what, state: 'differs', said, fix: HOW_TO_REPAIR }
        : { what, state: 'repaired', said, fix: done };
    case 'lost':
      return { what, state: 'lost', said, fix: difference.advice };
  }
}
