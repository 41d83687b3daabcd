/** The record of runs, compared with everything else: what differs, and what was mended. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';
import type { Repaired } from '../../runs/repair/difference.js';
import { repair } from '../../runs/repair/repair.js';
import { externalDatabase, hasExternalTemporal } from '../../local-stack/external-services.js';
import { startLead } from '../../runs/control/lead.js';
import { pathsOf, withSession } from '../session.js';
import type { Finding } from './finding.js';

/** Looks at the record, for which the stack is started when it does not run; nothing where no run ever was. */
export async function record(env: Environment, fix: boolean): Promise<Finding[]> {
  if (externalDatabase(env) === undefined && !existsSync(join(pathsOf(env).postgres, 'PG_VERSION')))
    return [];
  try {
    return await compared(env, fix);
  } catch (error) {
    const advice = error instanceof EnvironmentError ? error.fix : null;
    const said = `cannot be compared with the rest: ${messageOf(error)}`;
    return [{ what: 'record', state: 'missing', said, fix: advice }];
  }
}

async function compared(env: Environment, fix: boolean): Promise<Finding[]> {
  // A lead that is started again waits for a worker: whoever watches its run brings one, with the right key.
  return withSession(env, 'none', async (session) => {
    const store = await GitStore.open(session.paths.store);
    try {
      const place = {
        db: session.db,
        store,
        temporal: await session.temporal(),
        paths: session.paths,
        embedded: externalDatabase(env) === undefined && !hasExternalTemporal(env),
        startLead: (run: RunId, refresh: boolean) => startLead(session, run, refresh),
      };
      const found = (await repair(place, fix)).map(findingOf);
      if (found.length > 0) return found;
      const runs = await session.db.prisma.run.count();
      return [{ what: 'record', state: 'ok', said: `${runs} runs, as they should be`, fix: null }];
    } finally {
      store.close();
    }
  });
}

const HOW_TO_MEND = 'It can be mended: leadwright doctor --repair.';

function findingOf({ difference, done }: Repaired): Finding {
  const { run, said } = difference;
  const what = run === null ? 'record' : `run ${run}`;
  switch (difference.kind) {
    case 'mendable':
      return done === null
        ? { what, state: 'differs', said, fix: HOW_TO_MEND }
        : { what, state: 'repaired', said, fix: done };
    case 'lost':
      return { what, state: 'lost', said, fix: difference.advice };
  }
}
