/** Reports the running workers: how they run commands, queues that none serves, and open runs that none continues. */
import type { Database } from '../../db/database.js';
import { listRuns } from '../../db/run-list.js';
import { listServingWorkers, type ServingWorker } from '../../db/workers.js';
import { count } from '../../shared/words/format.js';
import { explainUnserved, unserved } from '../print/running-warnings.js';
import { SANDBOX, type Finding } from './finding.js';

export async function checkWorkers(db: Database): Promise<Finding[]> {
  const [workers, runs] = await Promise.all([listServingWorkers(db.pool), listRuns(db)]);
  const running = runs.filter(({ status }) => status === 'running').map(({ runId }) => runId);
  const [first] = running;
  return [
    ...workers.filter(({ queues }) => queues.includes('sandbox')).map(sandboxFinding),
    ...unserved(workers).map((queue) => ({
      what: 'worker',
      state: 'note' as const,
      ...explainUnserved(queue),
    })),
    ...(workers.length > 0 || first === undefined
      ? []
      : [
          {
            what: 'worker',
            state: 'note' as const,
            said: `no worker is running, so ${count(running.length, 'open run')} cannot continue: ${running.join(', ')}`,
            fix: `Continue with:  leadwright watch ${first}`,
          },
        ]),
  ];
}

function sandboxFinding({ host, pid, sandbox, sandboxWarning }: ServingWorker): Finding {
  return {
    what: SANDBOX,
    state: sandboxWarning === null ? 'ok' : 'note',
    said: `${sandbox} (worker ${pid} on ${host})`,
    fix: sandboxWarning,
  };
}
