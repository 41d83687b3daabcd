/** Compares the record of runs with Temporal, the git store and the disk, and repairs what differs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { count } from '../../shared/format.js';
import type { RunId } from '../../contract/ids.js';
import type { Repaired } from '../../runs/repair/difference.js';
import { repair } from '../../runs/repair/repair.js';
import { externalDatabase, hasExternalTemporal } from '../../local-stack/external-services.js';
import { startLead } from '../../runs/control/lead.js';
import { pathsOf, withSession } from '../session.js';
import { withStore } from '../with-store.js';
import type { Finding } from './finding.js';

/** Starts the stack for it when it does not run. In a home where no run ever started there is nothing to check. */
export async function checkRecord(env: Environment, repairIt: boolean): Promise<Finding[]> {
  if (externalDatabase(env) === undefined && !existsSync(join(pathsOf(env).postgres, 'PG_VERSION')))
    return [];
  try {
    return await compare(env, repairIt);
  } catch (error) {
    const fix = error instanceof EnvironmentError ? error.fix : null;
    const said = `could not be checked: ${messageOf(error)}`;
    return [{ what: 'record', state: 'missing', said, fix }];
  }
}

async function compare(env: Environment, repairIt: boolean): Promise<Finding[]> {
  // A lead that is started again waits for a worker. `watch` or `run` starts one, with the right key.
  return withSession(env, 'none', async (session) => {
    const found = await withStore(session.paths, async (store) => {
      const place = {
        db: session.db,
        store,
        temporal: await session.temporal(),
        paths: session.paths,
        embedded: externalDatabase(env) === undefined && !hasExternalTemporal(env),
        startLead: (run: RunId, refresh: boolean) => startLead(session, run, refresh),
      };
      return repair(place, repairIt);
    });
    if (found.length > 0) return found.map(findingOf);
    const runs = await session.db.prisma.run.count();
    return [
      { what: 'record', state: 'ok', said: `${count(runs, 'run')} checked, no difference found`, fix: null },
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
