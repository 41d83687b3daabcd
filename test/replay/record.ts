/**
 * `npm run record-histories`: plays every path with the present workflows and keeps the histories that come of
 * it, beside those that are kept already, and enters them in the manifest. A kept file is never written again: old
 * histories are what open runs still have. `-- --again` records all paths once more on the same day, for a patch
 * that came after the first recording.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { KEPT_HISTORIES } from '../../src/cli/replay/histories.js';
import { manifestOf, readName } from '../support/kept-histories.js';
import { WorkflowBench } from '../support/workflow-bench.js';
import { allPaths, playPath } from './paths.js';

await mkdir(KEPT_HISTORIES, { recursive: true });
const date = await dateOf(process.argv.includes('--again'));
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
await writeFile(join(KEPT_HISTORIES, 'MANIFEST'), `${manifestOf(KEPT_HISTORIES).join('\n')}\n`);
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

/** Today; a second recording of a day, asked for by hand, has a number behind it. */
async function dateOf(again: boolean): Promise<string> {
  const today = new Date().toISOString().slice(0, 10);
  const dates = (await readdir(KEPT_HISTORIES)).flatMap((file) => readName(file)?.date ?? []);
  const recorded = new Set(dates.filter((known) => known.startsWith(today))).size;
  if (recorded === 0) return today;
  const number = again ? recorded + 1 : recorded;
  return number === 1 ? today : `${today}.${number}`;
}
