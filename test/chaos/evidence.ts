/** Keeps evidence of a wrong run after its stack is removed: observations, histories and logs. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homePaths } from '../../src/shared/config.js';
import { messageOf } from '../../src/contract/errors.js';
import { runId } from '../../src/contract/ids.js';
import type { Facts } from './facts.js';
import type { Stage } from './stage.js';
import { withTemporal } from './temporal.js';

/** Writes the evidence and returns its folder. If the histories cannot be read, a file there gives the reason. */
export async function keepEvidence(stage: Stage, run: string, facts: Facts): Promise<string> {
  const folder = join(tmpdir(), `leadwright-chaos-evidence-${process.pid}`, run);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'facts.json'), JSON.stringify(facts, null, 2));
  await cp(homePaths(stage.home).logs, join(folder, 'logs'), { recursive: true });
  await keepHistories(stage, run, folder).catch((error: unknown) =>
    writeFile(join(folder, 'no-histories.txt'), messageOf(error)),
  );
  return folder;
}

async function keepHistories(stage: Stage, run: string, folder: string): Promise<void> {
  const hold = await stage.hold();
  try {
    await withTemporal(hold, async ({ workflow }) => {
      for await (const each of workflow.list({ query: `LeadwrightRun = '${runId(run)}'` })) {
        const history = await workflow.getHandle(each.workflowId, each.runId).fetchHistory();
        const name = `${each.workflowId.replaceAll('/', '-')}-${each.runId}.json`;
        await writeFile(join(folder, name), JSON.stringify(history, null, 2));
      }
    });
  } finally {
    await hold.release({ wait: false });
  }
}
