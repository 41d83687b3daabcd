/**
 * `npm run record-histories`: plays every path with the present workflows and keeps the histories that come of
 * it, beside those that are kept already. A kept file is never written again: old histories are what open runs
 * still have.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { KEPT_HISTORIES } from '../../src/cli/commands/replay.js';
import { WorkflowBench } from '../support/workflow-bench.js';
import { allPaths, playPath } from './paths.js';

const date = new Date().toISOString().slice(0, 10);
await mkdir(KEPT_HISTORIES, { recursive: true });
const bench = await WorkflowBench.open();
let kept = 0;
try {
  for (const path of allPaths()) {
    for (const { name, workflowId } of await playPath(bench, path)) {
      const history = await bench.env.client.workflow.getHandle(workflowId).fetchHistory();
      const plain: unknown = JSON.parse(historyToJSON(history));
      if (await keep(`${date}-${name}.json`, { workflowId, history: plain })) kept++;
    }
  }
} finally {
  await bench.close();
}
process.stdout.write(`${kept} new histories in ${KEPT_HISTORIES}\n`);

/** False when a history of that name is kept already. */
async function keep(file: string, content: object): Promise<boolean> {
  try {
    await writeFile(join(KEPT_HISTORIES, file), `${JSON.stringify(content)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    process.stdout.write(`${file} is kept already and stays as it is\n`);
    return false;
  }
}
